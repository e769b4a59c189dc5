"""What a layer's file is made of: a signature, a transfer function, and cases that real Keras confirms.

A transfer function maps argument values and input specifications to an ``Outcome``, as the layer of the
assumed Keras does. It refuses, by raising ``Refusal``, only what Keras refuses for every value that the
analysis allows: an ``UNKNOWN`` never leads to a refusal, and an output that hangs on an ``UNKNOWN`` is
``UNKNOWN`` itself.
"""

from __future__ import annotations

import ast
import enum
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Unknown, product, rank
from kerascope.domain.specs import TensorSpec

Inputs: TypeAlias = Any
"""A nest of ``TensorSpec``: one, or a tuple or dict of nests."""


class FaultKind(enum.Enum):
    """What kind of disagreement Keras raised about."""

    RANK = "rank"  # facts: expected or min_ndim, received (ndim), shape
    DIM = "dim"  # facts: axis, expected, received, shape(s)
    DTYPE = "dtype"
    ARITY = "arity"  # facts: expected, received (number of inputs)
    ARGUMENT = "argument"  # facts: argument, received, reason
    EMPTY_OUTPUT = "empty-output"  # facts: axis, shape
    TOTAL_SIZE = "total-size"  # facts: input_shape, target_shape (both without batch)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that Keras refuses. ``facts`` carry what a message needs; their keys are named above."""

    kind: FaultKind
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


class Refusal(Exception):  # noqa: N818 - it is no error of ours
    """Raised inside a transfer function where Keras raises."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def refuse(kind: FaultKind, reason: str, **facts: Any) -> Refusal:
    """``raise refuse(FaultKind.DIM, "…", axis=1)`` stops a transfer function where Keras raises."""
    return Refusal(Fault(kind, reason, facts))


@dataclass(frozen=True, slots=True)
class Weight:
    """A variable that the layer owns."""

    shape: Shape
    trainable: bool = True

    @property
    def size(self) -> Dim:
        """Number of elements, ``UNKNOWN`` where a side is."""
        return UNKNOWN if self.shape is UNRANKED else product(self.shape)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of a layer gives.

    ``outputs`` is a nest of ``TensorSpec``. ``weights`` is ``None`` where not even their number is known.
    """

    outputs: Any
    weights: tuple[Weight, ...] | None = ()
    faults: tuple[Fault, ...] = ()


UNKNOWN_OUTCOME: Final = Outcome(TensorSpec(UNRANKED, ""), None)


@dataclass(frozen=True, slots=True)
class Context:
    """What holds around a layer.

    ``major`` is 2 or 3, the Keras whose behaviour is assumed; ``apply_layer`` runs the transfer function of
    another layer by its catalogue name, for wrappers such as ``Bidirectional``.
    """

    major: int = 3
    data_format: str = "channels_last"
    apply_layer: Callable[[str, Mapping[str, Any], Inputs], Outcome] | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a layer's constructor."""

    name: str
    default: Any = None
    required: bool = False
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A constructor's parameters as Keras declares them, in order.

    ``open`` says that the constructor takes further keywords (``**kwargs``), which ``Layer`` then judges.
    """

    parameters: tuple[Parameter, ...]
    open: bool = True

    @property
    def names(self) -> frozenset[str]:
        """All parameter names."""
        return frozenset(parameter.name for parameter in self.parameters)


@functools.cache
def signature(text: str) -> Signature:
    """Reads ``"units, activation=None, **kwargs"`` as Python reads a parameter list."""
    function = ast.parse(f"def f({text}): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    first_default = len(positional) - len(arguments.defaults)
    parameters = [
        Parameter(
            argument.arg,
            default=ast.literal_eval(arguments.defaults[index - first_default]) if index >= first_default else None,
            required=index < first_default,
        )
        for index, argument in enumerate(positional)
    ]
    parameters += [
        Parameter(
            argument.arg,
            default=None if default is None else ast.literal_eval(default),
            required=default is None,
            keyword_only=True,
        )
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return Signature(tuple(parameters), open=arguments.kwarg is not None)


LAYER_KEYWORDS: Final[Mapping[int, frozenset[str]]] = {
    3: frozenset({"activity_regularizer", "trainable", "dtype", "autocast", "name", "input_dim", "input_shape"}),
    2: frozenset(
        {
            "trainable", "dtype", "name", "dynamic", "autocast", "implementation", "weights", "input_dim",
            "input_shape", "batch_input_shape", "batch_size", "activity_regularizer", "experimental_autocast",
        }
    ),
}  # fmt: skip
"""Keywords that ``keras.layers.Layer`` itself accepts, by Keras major version."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """Argument values bound to a layer's parameters, defaults filled in.

    A value is a plain Python value (lists come as tuples), ``UNKNOWN``, ``Symbol``, ``Instance``,
    ``NestedLayer`` or ``ArraySpec``. ``given`` names what the program itself wrote.
    """

    values: Mapping[str, Any]
    given: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of ``name``, or ``default`` where the layer has no such argument."""
        return self.values.get(name, default)


@dataclass(frozen=True, slots=True)
class Case:
    """An example that the tests hold against real Keras.

    ``inputs`` is a nest of shapes (lists for several inputs); ``raises`` names the kind of fault expected.
    ``majors`` says for which Keras the case holds.
    """

    arguments: Mapping[str, Any]
    inputs: Any
    output: Any = None
    params: int | None = None
    raises: FaultKind | None = None
    majors: tuple[int, ...] = (2, 3)


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One entry of the catalogue.

    ``parameters`` maps a Keras major version to the constructor's parameter list; ``check`` judges the
    arguments alone, as the constructor does; ``call`` is the transfer function.
    """

    name: str
    parameters: Mapping[int, str]
    call: Callable[[Arguments, Inputs, Context], Outcome]
    check: Callable[[Arguments, Context], None] | None = None
    cases: Sequence[Case] = ()

    def signature(self, major: int) -> Signature:
        """The constructor's parameters in Keras ``major``."""
        return signature(self.parameters.get(major, self.parameters[max(self.parameters)]))

    def construct(self, arguments: Arguments, context: Context) -> Fault | None:
        """What the constructor refuses, if anything."""
        if self.check is None:
            return None
        try:
            self.check(arguments, context)
        except Refusal as refusal:
            return refusal.fault
        return None

    def apply(self, arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
        """One call: ``call`` with a refusal turned into a fault and an unknown output."""
        try:
            return self.call(arguments, inputs, context)
        except Refusal as refusal:
            return Outcome(TensorSpec(UNRANKED, ""), None, (refusal.fault,))


def single_input(inputs: Inputs) -> TensorSpec:
    """The one tensor that the layer is called on; a nest of one is unwrapped as Keras does."""
    if isinstance(inputs, TensorSpec):
        return inputs
    if isinstance(inputs, tuple) and len(inputs) == 1:
        return single_input(inputs[0])
    return TensorSpec(UNRANKED, "")


def input_rank(spec: TensorSpec, *, exact: int | None = None, least: int | None = None) -> int | None:
    """The rank of ``spec``, held against Keras's ``InputSpec(ndim=…)`` or ``InputSpec(min_ndim=…)``."""
    ndim = rank(spec.shape)
    if ndim is None:
        return None
    if exact is not None and ndim != exact:
        raise refuse(
            FaultKind.RANK, f"expected ndim={exact}, found ndim={ndim}", expected=exact, received=ndim, shape=spec.shape
        )
    if least is not None and ndim < least:
        raise refuse(
            FaultKind.RANK,
            f"expected min_ndim={least}, found ndim={ndim}",
            min_ndim=least,
            received=ndim,
            shape=spec.shape,
        )
    return ndim


def positive_int(arguments: Arguments, name: str) -> int | Unknown:
    """A size argument: a positive ``int``, or ``UNKNOWN``; anything else that is known is refused."""
    value = arguments[name]
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, bool) or not isinstance(value, int):
        return UNKNOWN
    if value <= 0:
        raise refuse(
            FaultKind.ARGUMENT,
            f"`{name}` must be a positive integer, received {value}",
            argument=name,
            received=value,
            reason="positive",
        )
    return value
