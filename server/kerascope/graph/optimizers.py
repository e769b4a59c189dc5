"""Optimizers: the names that Keras accepts, and the learning rate that one is made with.

The names are those of ``keras.optimizers.get`` (``ALL_OBJECTS_DICT`` in ``keras/src/optimizers/__init__.py``) and of
``tf_keras.optimizers.get`` (``deserialize`` in ``tf_keras/src/optimizers/__init__.py``); a test holds them against
both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kerascope.domain.specs import Instance
from kerascope.graph.nodes import Compiled, Event, Made

_BOTH = (
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "ftrl",
    "lossscaleoptimizer",
    "nadam",
    "rmsprop",
    "sgd",
)

OPTIMIZER_NAMES: dict[int, frozenset[str]] = {
    2: frozenset(
        (*_BOTH, "experimentaladadelta", "experimentaladagrad", "experimentaladam", "experimentalsgd",
         "lossscaleoptimizerv1", "lossscaleoptimizerv3")
    ),
    3: frozenset(
        (*_BOTH, "adafactor", "lion", "multioptimizer", "muon", "optimizer", "optimizermap", "schedulefreeadamw")
    ),
}  # fmt: skip
"""Every string, in lower case, that some release of that major version takes for an optimizer.

``optimizer``, ``lossscaleoptimizer`` and a few more are found and then cannot be made without arguments.
"""

MISLEADING_OPTIMIZERS = {
    "adam_w": "adamw",
    "gd": "sgd",
    "gradient_descent": "sgd",
    "momentum": "sgd",
    "rms": "rmsprop",
    "rms_prop": "rmsprop",
    "stochastic_gradient_descent": "sgd",
}
"""Names that people write for an optimizer that has another one, in both versions."""

STEP_OF_RATE = frozenset({"Adam", "AdamW", "Adamax", "Nadam", "RMSprop"})
"""Optimizers whose steps are about as long as the learning rate, however large or small the gradients are."""

_CLASSES = {
    "adadelta": "Adadelta", "adafactor": "Adafactor", "adagrad": "Adagrad", "adam": "Adam", "adamax": "Adamax",
    "adamw": "AdamW", "ftrl": "Ftrl", "lion": "Lion", "muon": "Muon", "nadam": "Nadam", "rmsprop": "RMSprop",
    "schedulefreeadamw": "ScheduleFreeAdamW", "sgd": "SGD",
}  # fmt: skip
"""The classes by their names in lower case, as far as a learning rate is their first parameter."""

_NAMESPACES = ("keras.optimizers.", "tf.optimizers.")


def is_optimizer_name(name: str, major: int) -> bool:
    """Whether ``compile(optimizer=name)`` finds an optimizer; Keras looks names up in lower case.

    A name with ``>`` is one that some package has registered.
    """
    return name.lower() in OPTIMIZER_NAMES[major] or ">" in name


def optimizer_class(symbol: str) -> str | None:
    """``Adam`` for ``keras.optimizers.Adam``, ``tf.optimizers.Adam`` and ``keras.optimizers.legacy.Adam``."""
    if not symbol.startswith(_NAMESPACES) or ".schedules." in symbol:
        return None
    name = symbol.rpartition(".")[2]
    return name if _CLASSES.get(name.lower()) == name else None


def class_of_name(name: str) -> str | None:
    """``Adam`` for the string ``"adam"`` in any case."""
    return _CLASSES.get(name.lower())


def learning_rate_key(arguments: Mapping[str, Any]) -> str | None:
    """Under which key a call of an optimizer's class has its learning rate; ``None`` where it is left out.

    It is the first parameter of each of them, in both versions; ``lr`` is a name of Keras 2 and another matter.
    """
    return next((key for key in ("learning_rate", "0") if key in arguments), None)


def number(value: Any, major: int) -> float | None:
    """A learning rate that is a plain number; a schedule is none, and Keras 3 refuses whole numbers altogether."""
    if isinstance(value, int) and not isinstance(value, bool) and major == 2:
        return float(value)
    return value if isinstance(value, float) else None


def constructed(made: Sequence[Made], compiled: Compiled) -> Made | None:
    """The call that made the optimizer which a ``compile`` was given, if just one call can have.

    The value itself tells its class and arguments, not its place: the place is the call that stands in ``compile``, or
    the only one that made such an object.
    """
    value = compiled.get("optimizer")
    if not isinstance(value, Instance):
        return None
    alike = [item for item in made if item.symbol == value.symbol and item.arguments == value.arguments]
    site = compiled.sites.get("optimizer")
    for item in alike:
        if site is not None and item.site.node is site.node:
            return item
    return alike[0] if len({id(item.site.node) for item in alike}) == 1 else None


def swept(made: Sequence[Made], item: Made) -> bool:
    """Whether the same call makes optimizers with several learning rates, as a program does that tries them out."""
    rates = {
        repr(other.arguments.get(learning_rate_key(other.arguments) or ""))
        for other in made
        if other.site.node is item.site.node
    }
    return len(rates) > 1


CHANGES_RATE = (".learning_rate", ".lr", "set_value", "LearningRateScheduler", "ReduceLROnPlateau")
"""Words by which a program says that the learning rate does not stay what the optimizer was made with."""


def callbacks_known(trainings: Iterable[Event]) -> bool:
    """Whether these calls of ``fit`` have no callbacks but Keras's own, so that none of them sets the learning rate."""
    for event in trainings:
        given = event.arguments.get("callbacks")
        if "callbacks" not in event.arguments and not event.complete:
            return False
        for callback in given if isinstance(given, tuple) else (given,):
            own = isinstance(callback, Instance) and callback.symbol.startswith("keras.callbacks.")
            if callback is not None and not own:
                return False
    return True
