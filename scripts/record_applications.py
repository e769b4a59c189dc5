"""Records the models of ``keras.applications`` from the installed Keras, into ``server/kerascope/applications/data``.

Usage: ``python scripts/record_applications.py [--major 3|2] [NAME ...]``, with TensorFlow, ``keras`` and ``tf_keras``
installed. A model is built under every setting that changes its structure, and what Keras did is written down:
which layers were called, in which order, on what, with which arguments and names. ``kerascope/applications/recording.py``
says what the files hold. Sizes that an argument gives (``classes``) are told from others by giving the argument a value
that occurs nowhere else; paddings that ``imagenet_utils.correct_pad`` computes from an image's size, by watching it.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import importlib
import inspect
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerascope.applications.own_layers import OWN_LAYERS
from kerascope.layers.catalogue import layer_spec

DATA = Path(__file__).parents[1] / "server" / "kerascope" / "applications" / "data"
PACKAGES = {3: "keras", 2: "tf_keras"}

SENTINELS: dict[str, Any] = {
    "classes": 1013,
    "classifier_activation": "softsign",
    "dropout": 0.371093,
    "dropout_rate": 0.371093,
    "depth_multiplier": 3,
}
"""Values that none of the models has by itself; ``depth_multiplier`` is looked for in an argument of that name only."""

ELEMENTWISE = {
    *("add", "multiply", "relu", "re_lu"),
    *("tf.__operators__.add", "tf.math.multiply", "tf.nn.relu"),
}
"""Stems of the names of operations whose output is as large as their inputs."""

ALPHAS = (0.25, 0.35, 0.5, 0.75, 1.0, 1.3, 1.4, 1.5, 2.0)
HEAD_ROWS = 24
SIZES = (96, 128, 160, 192, 224, 256, 299, 331)
MARK = "qqnameqq"


@dataclass
class Watched:
    """What was seen while a model was built."""

    nodes: list[Any] = field(default_factory=list)
    automatic: set[int] = field(default_factory=set)
    kept: list[Any] = field(default_factory=list)
    paddings: dict[int, Any] = field(default_factory=dict)
    conditions: list[tuple[Any, Any, bool]] = field(default_factory=list)
    shape_calls: list[dict[str, Any]] = field(default_factory=list)
    stop_after: int | None = None


class Enough(Exception):  # noqa: N818 - it ends a build whose beginning is all that is wanted
    """Raised within Keras once enough layers were called."""


class Pad(tuple):  # type: ignore[type-arg]
    """What ``correct_pad`` returned, with the kernel that it was asked for."""

    kernel: Any = None


class Recorder:
    """One Keras, watched."""

    def __init__(self, major: int) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        self.major = major
        self.keras = importlib.import_module(PACKAGES[major])
        self.src = f"{PACKAGES[major]}.src"
        self.watched = Watched()
        self._watch()

    def module(self, name: str) -> Any:
        return importlib.import_module(f"{self.src}.{name}")

    def _watch(self) -> None:
        """Puts observers around the few functions of Keras that everything goes through."""
        node_class = self.module("ops.node" if self.major == 3 else "engine.node").Node
        made = node_class.__init__

        def note_node(node: Any, *args: Any, **kwargs: Any) -> None:
            made(node, *args, **kwargs)
            self.watched.nodes.append(
                (args[0] if args else kwargs.get("operation", kwargs.get("layer")), node)
            )
            if self.watched.stop_after is not None and len(self.watched.nodes) >= self.watched.stop_after:
                raise Enough

        node_class.__init__ = note_node
        self._watch_names()
        imagenet_utils = self.module("applications.imagenet_utils")
        correct_pad, obtain = imagenet_utils.correct_pad, imagenet_utils.obtain_input_shape

        def note_pad(inputs: Any, kernel_size: Any) -> Any:
            pad = Pad(correct_pad(inputs, kernel_size))
            pad.kernel = kernel_size
            return pad

        def note_shape(input_shape: Any, **rules: Any) -> Any:
            self.watched.shape_calls.append({**rules, "input_shape": input_shape})
            return obtain(input_shape, **rules)

        imagenet_utils.correct_pad, imagenet_utils.obtain_input_shape = note_pad, note_shape
        padding_class = self.keras.layers.ZeroPadding2D
        construct = padding_class.__init__

        def note_padding(layer: Any, padding: Any = (1, 1), data_format: Any = None, **kwargs: Any) -> None:
            construct(layer, padding=padding, data_format=data_format, **kwargs)
            if isinstance(padding, Pad):
                self.watched.paddings[id(layer)] = padding.kernel

        padding_class.__init__ = note_padding
        nasnet = self.module("applications.nasnet")
        adjust = nasnet._adjust_block

        def note_adjust(p: Any, ip: Any, filters: Any, block_id: Any = None) -> Any:
            if p is not None:
                self.watched.conditions.append((p, ip, p.shape[-2] != ip.shape[-2]))
            return adjust(p, ip, filters, block_id)

        nasnet._adjust_block = note_adjust
        files = self.module("utils.file_utils" if self.major == 3 else "utils.data_utils")
        files.get_file = lambda *args, **kwargs: "weights.h5"
        for model in (
            self.keras.Model,
            self.module("models.functional" if self.major == 3 else "engine.functional").Functional,
        ):
            model.load_weights = lambda *args, **kwargs: None

    def _watch_names(self) -> None:
        if self.major == 3:
            owner = self.module("ops.operation").Operation
            init = owner.__init__

            def note_init(operation: Any, name: Any = None) -> None:
                if name is None:
                    self.watched.automatic.add(id(operation))
                self.watched.kept.append(operation)
                init(operation, name=name)

            owner.__init__ = note_init
            return
        layer_class = self.module("engine.base_layer").Layer
        set_name = layer_class._init_set_name

        def note_name(layer: Any, name: Any, zero_based: bool = True) -> None:
            if (
                not name
                or type(layer).__name__ in ("TFOpLambda", "SlicingOpLambda")
                or (type(layer).__name__ == "InputLayer" and name.startswith("input_"))
            ):
                self.watched.automatic.add(id(layer))
            self.watched.kept.append(layer)
            set_name(layer, name, zero_based)

        layer_class._init_set_name = note_name
        backend = self.module("backend")
        get_uid = backend.get_uid

        def note_uid(prefix: str = "") -> Any:
            number = get_uid(prefix)
            caller = inspect.currentframe()
            assert caller is not None and caller.f_back is not None
            inside = caller.f_back.f_globals["__name__"].startswith(f"{self.src}.applications.")
            return f"uid.{prefix}.uid" if inside else number

        backend.get_uid = note_uid

    def build(
        self, application: str, /, *, stop_after: int | None = None, **arguments: Any
    ) -> tuple[Any, Watched]:
        """A model, and what was seen of it; of a build that was stopped there is no model."""
        self.keras.backend.clear_session()
        self.watched = Watched(stop_after=stop_after)
        try:
            model = self._made(application, arguments)
        except Enough:
            model = None
        return model, self.watched

    def _made(self, application: str, arguments: dict[str, Any]) -> Any:
        function = getattr(self.keras.applications, application)
        if self.major == 2:
            return function(**arguments)
        with self.keras.StatelessScope(initialize_variables=False):  # Only shapes are wanted, no numbers.
            return function(**arguments)

    # --- Rows -------------------------------------------------------------------------------------------

    def rows(self, model: Any, watched: Watched) -> list[tuple[Any, ...]]:
        """The layers called, in order: (entry, name, inbound), inbound counted back from the row itself."""
        if model is None:
            nested = [owner for owner, _ in watched.nodes if type(owner).__name__ == "Sequential"]
            inner = {id(part) for owner in nested for part in self._parts(owner)}
            inner |= {id(owner) for owner, _ in watched.nodes[1:] if type(owner).__name__ == "InputLayer"}
            members = {id(owner) for owner, _ in watched.nodes} - inner
        else:
            members = {id(layer) for layer in (model._operations if self.major == 3 else model.layers)}
        place: dict[int, int] = {}
        found = []
        for owner, node in watched.nodes:
            if id(owner) not in members:
                continue
            if id(owner) in place:
                raise SystemExit(f"{owner.name} is called more than once")
            place[id(owner)] = len(found)
            found.append((owner, node))
        if model is not None and len(found) != len(members):
            raise SystemExit(f"{model.name}: {len(members)} layers, {len(found)} calls")
        rows: list[tuple[Any, ...]] = []
        for index, (owner, node) in enumerate(found):
            inbound = self._inbound(owner, node, place, index)
            rows.append((self._entry(owner, watched), self._name(owner, watched), inbound))
        if model is not None and (
            len(model.outputs) != 1 or self._origin(model.outputs[0], place) != len(rows) - 1
        ):
            raise SystemExit(f"{model.name}: the output is not that of the last call")
        return rows

    def _origin(self, tensor: Any, place: dict[int, int]) -> int:
        history = tensor._keras_history
        owner = history.operation if self.major == 3 else history.layer
        if history.node_index != 0 or history.tensor_index != 0:
            raise SystemExit(f"{owner.name} has several outputs")
        return place[id(owner)]

    def _inbound(self, owner: Any, node: Any, place: dict[int, int], index: int) -> Any:
        if type(owner).__name__ == "InputLayer":
            return ()
        arguments = node.arguments if self.major == 3 else node
        args = arguments.args if self.major == 3 else node.call_args
        kwargs = arguments.kwargs if self.major == 3 else node.call_kwargs
        tensors = [leaf for leaf in _leaves([args, kwargs]) if hasattr(leaf, "_keras_history")]
        back = tuple(index - self._origin(tensor, place) for tensor in tensors)
        several = self._is_operation(owner) or isinstance(args[0], list | tuple)
        return back if several and len(back) > 1 else back[0]

    def _is_operation(self, owner: Any) -> bool:
        if self.major == 3:
            return not isinstance(owner, self.keras.layers.Layer)
        return type(owner).__name__ in ("TFOpLambda", "SlicingOpLambda")

    def _name(self, owner: Any, watched: Watched) -> str | None:
        return None if id(owner) in watched.automatic else re.sub(r"uid\.(\w+)\.uid", r"{\1}", owner.name)

    def _entry(self, owner: Any, watched: Watched) -> tuple[Any, ...]:
        """Class, arguments as JSON, and the stem of an operation's name or the layers of a nested Sequential."""
        kind = type(owner).__name__
        if self._is_operation(owner):
            stem = owner.name.rstrip("0123456789").rstrip("_")
            if stem not in ELEMENTWISE:
                raise SystemExit(f"operation {stem}: how it shapes its output is not recorded")
            return (kind, "{}", stem)
        if kind == "Sequential":
            parts = self._parts(owner)
            return (
                kind,
                "{}",
                tuple((*self._entry(part, watched)[:2], self._name(part, watched)) for part in parts),
            )
        if kind == "InputLayer":
            return (kind, "{}")
        return (kind, json.dumps(self._arguments(owner, watched), sort_keys=True))

    def _unlisted(self, layer: Any, kind: str) -> dict[str, Any]:
        """What stands for the arguments of a layer that the catalogue does not have."""
        raise SystemExit(f"the catalogue lacks {kind}")

    def _parts(self, model: Any) -> list[Any]:
        return list(model._layers if self.major == 3 else model._self_tracked_trackables)

    def _arguments(self, layer: Any, watched: Watched) -> dict[str, Any]:
        kind = type(layer).__name__
        spec = OWN_LAYERS.get(kind) or layer_spec(kind)
        if spec is None:
            return self._unlisted(layer, kind)
        if id(layer) in watched.paddings:
            return {"padding": ["$correct_pad", watched.paddings[id(layer)]]}
        defaults = {item.name: item.default for item in spec.signature(self.major).parameters}
        kept = {}
        for key, value in layer.get_config().items():
            if (
                key not in defaults
                or key in ("name", "trainable", "dtype", "data_format", "seed")
                or key.endswith(("_initializer", "_regularizer", "_constraint"))
            ):
                continue
            value = _plain(value)
            default = _plain(defaults[key])
            if isinstance(value, list) and len(value) == 1 and isinstance(default, int):
                value = value[0]
            if value in (default, [default] * 2) or (
                key.endswith("activation") and value == "linear" and default is None
            ):
                continue
            kept[key] = _symbolic(key, value)
        return kept


def _leaves(nest: Any) -> Iterator[Any]:
    if isinstance(nest, dict):
        nest = list(nest.values())
    if isinstance(nest, list | tuple):
        for part in nest:
            yield from _leaves(part)
    else:
        yield nest


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return value


def _symbolic(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_symbolic(key, part) for part in value]
    for name, sentinel in SENTINELS.items():
        if (
            value == sentinel
            and type(value) is type(sentinel)
            and (name != "depth_multiplier" or key == name)
        ):
            return f"${'dropout' if name == 'dropout_rate' else name}"
    return value


# --- One model ----------------------------------------------------------------------------------------------


class Model:
    """All that is recorded of one application."""

    def __init__(self, recorder: Recorder, name: str) -> None:
        self.recorder = recorder
        self.name = name
        self.function = getattr(recorder.keras.applications, name)
        self.parameters = inspect.signature(self.function).parameters
        self.name_fixed = False
        self.name_parameter = next((p for p in ("name", "model_name") if p in self.parameters), None)

    def rows(
        self, *, stop_after: int | None = None, plain: bool = False, **arguments: Any
    ) -> tuple[list[Any], Watched, str | None]:
        """Rows of a build; sentinels stand for what the setting leaves open, a mark for the model's name.

        ImageNet's weights fit none of the sentinels, and ``plain`` leaves them out elsewhere.
        """
        given: dict[str, Any] = {"weights": None, "include_top": False}
        if arguments.get("weights") is None and not plain:
            given |= {key: value for key, value in SENTINELS.items() if key in self.parameters}
        given |= arguments
        model, watched = self.recorder.build(self.name, stop_after=stop_after, **given)
        rows = [
            (_marked(entry), _marked(name), inbound)
            for entry, name, inbound in self.recorder.rows(model, watched)
        ]
        return rows, watched, None if model is None else model.name

    def marked(self) -> dict[str, Any]:
        """The argument that names the model by a mark, where its layers bear the model's name."""
        if self.name_parameter is None:
            return {}
        try:
            rows, _, _ = self.rows(stop_after=HEAD_ROWS, **{self.name_parameter: MARK})
        except KeyError:
            self.name_fixed = (
                True  # Keras 3 looks EfficientNetV2's blocks up by the name that the model is given.
            )
            return {}
        return {self.name_parameter: MARK} if MARK in str(rows).replace("{name}", MARK) else {}

    def record(self) -> dict[str, Any]:
        mark = self.marked()
        structures = list(self._structures(mark))
        _, watched, _ = self.rows(stop_after=2)
        default_name = self.rows()[2] if mark else structures[0][3]
        first = structures[0]
        tails = list(self._tails(structures, mark))
        heads = list(self._heads(first[1], mark))
        return self._packed(first[1], structures, heads, tails, default_name, watched)

    def _structures(
        self, mark: dict[str, Any]
    ) -> Iterator[tuple[dict[str, Any], list[Any], list[Any], Any, bool]]:
        """(features, rows, conditions on widths, name, whether ImageNet's weights fit), the default first."""
        choices = {}
        if "alpha" in self.parameters:
            choices["alpha"] = [1.0, *(alpha for alpha in ALPHAS if alpha != 1.0)]
        if "minimalistic" in self.parameters:
            choices["minimalistic"] = [False, True]
        for values in itertools.product(*choices.values()):
            features = dict(zip(choices, values, strict=True))
            known: list[tuple[list[Any], list[Any]]] = []
            for size in (224, None, 64, 65, 97, 331):
                if known and not known[0][1]:
                    break  # Nothing but paddings depends on the image's size.
                rows, watched, name = self.rows(**mark, **features, input_shape=(size, size, 3))
                when = self._conditions(watched)
                if (rows, when) not in known:
                    known.append((rows, when))
                    template = name.replace("224", "{rows}") if choices else name
                    yield features, rows, when, template, self._fits_imagenet(features)
            if len(known) > 1 and len({str(when) for _, when in known}) != len(known):
                raise SystemExit(
                    f"{self.name}: its layers depend on the image's size in a way that is not recorded"
                )

    def _conditions(self, watched: Watched) -> list[Any]:
        if not watched.conditions:
            return []
        place = {id(owner): index for index, (owner, _) in enumerate(watched.nodes)}
        return [
            [self.recorder._origin(p, place), self.recorder._origin(ip, place), differ]
            for p, ip, differ in watched.conditions
        ]

    def _fits_imagenet(self, features: dict[str, Any]) -> bool:
        if not features:
            return True
        try:
            self.rows(stop_after=3, weights="imagenet", **features)
        except ValueError:
            return False
        return True

    def _tails(self, structures: list[Any], mark: dict[str, Any]) -> Iterator[list[Any]]:
        """[features, rows dropped from the end, rows put there], without features of the structure where it does not matter."""
        settings: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"include_top": False, "pooling": pooling}, {"include_top": False, "pooling": pooling})
            for pooling in ("avg", "max")
        ]
        dropout = next((p for p in ("dropout", "dropout_rate") if p in self.parameters), None)
        settings.append(
            ({"include_top": True} | ({"dropped": True} if dropout else {}), {"include_top": True})
        )
        if dropout:
            settings.append(({"include_top": True, "dropped": False}, {"include_top": True, dropout: 0}))
        for features, arguments in settings:
            found: list[tuple[dict[str, Any], Any]] = []
            ordered = sorted(structures, key=lambda item: item[0].get("alpha", 1.0) not in (0.5, 1.0, 1.4))
            for structure, trunk, when, _, _ in ordered:
                if when and when != structures[0][2]:
                    continue
                if structure.get("alpha", 1.0) not in (0.5, 1.0, 1.4) and all(
                    tail == found[0][1] for _, tail in found
                ):
                    break  # Narrow and wide end alike.
                rows, _, _ = self.rows(**mark, **structure, **arguments, input_shape=(224, 224, 3))
                same = next(
                    (i for i, (a, b) in enumerate(zip(trunk, rows, strict=False)) if a != b),
                    min(len(trunk), len(rows)),
                )
                found.append((structure, [len(trunk) - same, rows[same:]]))
            groups: list[tuple[list[Any], Any]] = []
            for structure, tail in found:
                group = next((members for members, other in groups if other == tail), None)
                if group is None:
                    groups.append(([structure], tail))
                else:
                    group.append(structure)
            for members, tail in groups:
                for structure in members if len(groups) > 1 else [{}]:
                    yield [structure | features, *tail]

    def _heads(self, base: list[Any], mark: dict[str, Any]) -> Iterator[list[Any]]:
        """[features, rows replaced at the beginning, rows put there] for what preprocesses the image."""
        base = base[:HEAD_ROWS]
        unmarked = base if mark else self.rows(stop_after=HEAD_ROWS, plain=True)[0]
        choices: dict[str, list[Any]] = {"rgb": [True, False], "imagenet": [False, True]}
        if "include_preprocessing" in self.parameters:
            choices["include_preprocessing"] = [True, False]
        heads: dict[tuple[Any, ...], list[Any]] = {}
        for values in itertools.product(*choices.values()):
            features = dict(zip(choices, values, strict=True))
            arguments: dict[str, Any] = {"weights": "imagenet" if features["imagenet"] else None}
            if "include_preprocessing" in features:
                arguments["include_preprocessing"] = features["include_preprocessing"]
            if features["imagenet"] and (not features["rgb"] or mark):
                continue  # ImageNet's weights are for colours, and are looked up by the model's own name.
            for channels in (3,) if features["rgb"] else (1, 4):
                rows, _, _ = self.rows(
                    stop_after=HEAD_ROWS, **mark, **arguments, input_shape=(224, 224, channels)
                )
                head = _head(unmarked if features["imagenet"] else base, rows)
                if heads.setdefault(values, head) != head:
                    raise SystemExit(f"{self.name}: one channel and four give different layers")
        if mark:
            plain, trained = (
                self.rows(stop_after=HEAD_ROWS, weights=weights)[0] for weights in (None, "imagenet")
            )
            if plain != trained:
                raise SystemExit(f"{self.name}: its layers depend on the weights")
        mattering = [
            index
            for index in range(len(choices))
            if any(
                left[:index] + left[index + 1 :] == right[:index] + right[index + 1 :]
                and heads[left] != heads[right]
                for left in heads
                for right in heads
            )
        ]
        names = list(choices)
        written = set()
        for values, head in heads.items():
            features = {names[index]: values[index] for index in mattering}
            if head != [1, base[:1]] and str(features) not in written:
                written.add(str(features))
                yield [features, *head]

    def _packed(
        self,
        base: list[Any],
        structures: list[Any],
        heads: list[Any],
        tails: list[Any],
        name: Any,
        watched: Watched,
    ) -> dict[str, Any]:
        entries: dict[Any, int] = {}
        names: Any = name

        def row(item: tuple[Any, ...]) -> Any:
            entry, label, inbound = item
            packed = [entries.setdefault(entry, len(entries)), label or 0, inbound]
            return (
                packed[:-1] if inbound == 1 and label else packed[0] if inbound == 1 and not label else packed
            )

        base_rows = [row(item) for item in base]
        rules = watched.shape_calls[0] if watched.shape_calls else None
        return {
            "keras": self.recorder.keras.__version__,
            "parameters": ", ".join(
                str(p.replace(annotation=inspect.Parameter.empty)).replace("**kwargs", self._keywords())
                for p in self.parameters.values()
            ).removesuffix(", "),
            "name_parameter": self.name_parameter,
            "name_fixed": self.name_fixed,
            "name": names if not structures[0][3] or "{rows}" not in structures[0][3] else None,
            "default_size": rules and rules["default_size"],
            "min_size": rules["min_size"] if rules else 32,
            "features_shape": self._features_shape() if rules else None,
            "sizes": self._default_sizes() if rules else [],
            "rows": base_rows,
            "structures": [
                [
                    features,
                    when,
                    _edits(base, rows, row),
                    template if template and "{rows}" in template else None,
                    fits,
                ]
                for features, rows, when, template, fits in structures
            ],
            "heads": [[features, count, [row(item) for item in rows]] for features, count, rows in heads],
            "tails": [[features, count, [row(item) for item in rows]] for features, count, rows in tails],
            "entries": [
                [kind, json.loads(arguments), *([_parts(rest[0])] if rest else [])]
                for kind, arguments, *rest in entries
            ],
        }

    def _keywords(self) -> str:
        """What Keras 2 takes out of ``**kwargs`` here: it hands them to the family's own function."""
        return "" if "classifier_activation" in self.parameters else "classifier_activation='softmax'"

    def _features_shape(self) -> Any:
        """The shape that the model gives itself without its top where the program gives none."""
        _, watched, _ = self.rows(stop_after=2)
        return watched.shape_calls[0]["input_shape"]

    def _default_sizes(self) -> list[int]:
        found = []
        for size in SIZES:
            _, watched, _ = self.rows(stop_after=2, input_shape=(size, size, 3))
            if watched.shape_calls[0]["default_size"] == size:
                found.append(size)
        return found


def _head(base: list[Any], rows: list[Any]) -> list[Any]:
    """How many rows at the beginning of ``base`` others stand in for in ``rows``, and these."""
    pairs = sorted(((i, j) for i in range(1, 8) for j in range(1, 8)), key=sum)
    return next([i, rows[:j]] for i, j in pairs if _agree(base[i:], rows[j:]))


def _marked(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_marked(part) for part in value)
    return value.replace(MARK, "{name}") if isinstance(value, str) else value


def _agree(left: list[Any], right: list[Any]) -> bool:
    length = min(len(left), len(right))
    return length > 8 and left[:length] == right[:length]


def _parts(rest: Any) -> Any:
    if isinstance(rest, str):
        return rest
    return [[kind, json.loads(arguments), name or 0] for kind, arguments, name in rest]


def _edits(base: list[Any], rows: list[Any], packed: Any) -> list[Any]:
    """``rows`` as replacements of ranges of ``base``."""
    matcher = difflib.SequenceMatcher(
        None, [str(row) for row in base], [str(row) for row in rows], autojunk=False
    )
    return [
        [start, stop, [packed(item) for item in rows[first:last]]]
        for tag, start, stop, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]


def write(major: int, name: str, recorded: dict[str, Any], library: str = "keras") -> int:
    """Writes one file, the same bytes for the same recording."""
    folder = DATA / f"{library}{major}"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(recorded, separators=(",", ":"))
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (folder / f"{name}.json.gz").write_bytes(packed)
    return len(packed)


def main(arguments: Iterable[str]) -> None:
    """Records the models named, or all, of one Keras or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--major", type=int, choices=(2, 3))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(list(arguments))
    if options.major is None:
        for major in (3, 2):
            subprocess.run([sys.executable, __file__, "--major", str(major), *options.names], check=True)
        return
    recorder = Recorder(options.major)
    for name in options.names or [n for n in dir(recorder.keras.applications) if n[0].isupper()]:
        size = write(options.major, name, Model(recorder, name).record())
        sys.stdout.write(f"keras{options.major} {name}: {size} bytes\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
