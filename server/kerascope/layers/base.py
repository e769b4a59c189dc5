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
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Unknown, product, rank
from kerascope.domain.specs import TensorSpec
from kerascope.layers.masking import UNMASKED, Masking

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


def refuse(kind: FaultKind, reason: str, /, **facts: Any) -> Refusal:
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
    another layer by its catalogue name, for wrappers such as ``Bidirectional``. ``on_data`` says that the layer is
    called on arrays, eager tensors or the elements of a dataset: its ``call`` runs, where Keras 3 asks
    ``compute_output_spec`` for symbolic tensors, which gives other shapes and types for some layers.
    """

    major: int = 3
    data_format: str = "channels_last"
    on_data: bool = False
    apply_layer: Callable[[str, Mapping[str, Any], Inputs], Outcome] | None = None

    @property
    def traced(self) -> bool:
        """Whether shapes are those of TensorFlow's operations: Keras 2 runs them on symbolic tensors as well."""
        return self.major == 2 or self.on_data


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
            default=ast.literal_eval(arguments.defaults[index - first_default])
            if index >= first_default
            else None,
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


KERAS: Final = "keras.layers"


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One entry of the catalogue.

    ``parameters`` maps a Keras major version to the constructor's parameter list: that for 3 stands in for
    that for 2 where they are the same, and ``None`` says that a version lacks the layer. Keyword-only
    parameters are those that Keras takes out of ``**kwargs`` without declaring them. ``check`` judges the
    arguments alone, as the constructor does; ``call`` is the transfer function; ``masking`` tells what Keras 3 does
    with masks.
    """

    name: str
    parameters: Mapping[int, str | None]
    call: Callable[[Arguments, Inputs, Context], Outcome]
    check: Callable[[Arguments, Context], None] | None = None
    cases: Sequence[Case] = ()
    home: str = KERAS
    tensors: tuple[str, ...] = ()
    steady: frozenset[str] = frozenset()
    masking: Masking = UNMASKED

    @property
    def symbol(self) -> str:
        """The name by which the catalogue finds the layer: Keras's own ones go by their class."""
        return self.name if self.home == KERAS else f"{self.home}.{self.name}"

    @property
    def majors(self) -> frozenset[int]:
        """Which Keras has the layer: both major versions, unless ``parameters`` says ``None`` for one."""
        return frozenset(major for major in (2, 3) if self.parameters.get(major, "") is not None)

    def signature(self, major: int) -> Signature:
        """The constructor's parameters in Keras ``major``."""
        text = self.parameters.get(major)
        if text is None:
            text = next(filter(None, self.parameters.values()))
        return signature(text)

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
            outcome = self.call(arguments, inputs, context)
        except Refusal as refusal:
            return Outcome(TensorSpec(UNRANKED, ""), None, (refusal.fault,))
        if arguments.get("lora_rank") is not None and self.name.startswith("Conv"):
            outcome = replace(outcome, weights=None)
        wrapped = context.on_data and self.name in ("SpectralNormalization", "TimeDistributed")
        own = self.name in OWN_TYPE and not wrapped
        if context.major == 3 and self.home != KERAS:
            own = True  # Layers of other packages tell their types themselves.
        if context.traced and not own and not _all_floats(inputs):
            return replace(outcome, outputs=_untyped(outcome.outputs))
        return outcome


FLOATS: Final = frozenset({"float16", "bfloat16", "float32", "float64"})
"""Types that a layer casts to its own before it computes; whole numbers stay what they are."""


def _all_floats(inputs: Inputs) -> bool:
    if isinstance(inputs, tuple):
        return all(map(_all_floats, inputs))
    if isinstance(inputs, dict):
        return all(map(_all_floats, inputs.values()))
    return isinstance(inputs, TensorSpec) and inputs.dtype in FLOATS


def _untyped(outputs: Any) -> Any:
    if isinstance(outputs, tuple):
        return tuple(map(_untyped, outputs))
    if isinstance(outputs, dict):
        return {key: _untyped(value) for key, value in outputs.items()}
    return TensorSpec(outputs.shape, "") if isinstance(outputs, TensorSpec) else outputs


def single_input(inputs: Inputs) -> TensorSpec:
    """The one tensor that the layer is called on, a nest of one unwrapped; of several nothing is known.

    Keras itself refuses most lists of one.
    """
    if isinstance(inputs, TensorSpec):
        return inputs
    if isinstance(inputs, tuple) and len(inputs) == 1:
        return single_input(inputs[0])
    return TensorSpec(UNRANKED, "")


def sole_input(inputs: Inputs) -> TensorSpec:
    """The same for layers whose ``InputSpec``, or whose ``build``, refuses several tensors."""
    if isinstance(inputs, tuple) and len(inputs) > 1:
        raise refuse(
            FaultKind.ARITY,
            f"the layer takes one input, received {len(inputs)}",
            expected=1,
            received=len(inputs),
        )
    return single_input(inputs)


def input_rank(spec: TensorSpec, *, exact: int | None = None, least: int | None = None) -> int | None:
    """The rank of ``spec``, held against Keras's ``InputSpec(ndim=…)`` or ``InputSpec(min_ndim=…)``."""
    ndim = rank(spec.shape)
    if ndim is None:
        return None
    if exact is not None and ndim != exact:
        raise refuse(
            FaultKind.RANK,
            f"expected ndim={exact}, found ndim={ndim}",
            expected=exact,
            received=ndim,
            shape=spec.shape,
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


def truth(value: Any) -> bool | None:
    """Whether a flag such as ``use_bias`` is set, or ``None`` if that is not known."""
    if value is None or isinstance(value, bool | int | float | str | tuple):
        return bool(value)
    return None


def int_of(value: Any) -> int | None:
    """``value`` where it is a whole number of type ``int``, else ``None``."""
    return value if isinstance(value, int) else None


def plain(value: Any) -> bool:
    """Whether ``value`` is wholly known: a number, a string, ``None``, or a tuple of such."""
    if isinstance(value, tuple):
        return all(plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str)


def bad_argument(name: str, received: Any, reason: str) -> Refusal:
    """A refusal of one argument; ``reason`` says what was expected of it."""
    return refuse(
        FaultKind.ARGUMENT,
        f"`{name}` {reason}, received {received!r}",
        argument=name,
        received=received,
        reason=reason,
    )


def size_argument(
    arguments: Arguments, name: str, *, zero: bool = False, strict: bool = True
) -> int | Unknown:
    """A size such as ``units``: an ``int``, or ``UNKNOWN``.

    Refuses numbers below 1 (below 0 if ``zero``), strings and ``None``. A ``float`` is refused too where
    ``strict``: some constructors let it pass, and Keras fails when it makes the weights.
    """
    value = arguments[name]
    if isinstance(value, int | float) and (value < 0 if zero else value <= 0):
        raise bad_argument(
            name, value, "must be a non-negative integer" if zero else "must be a positive integer"
        )
    if isinstance(value, int):
        return int(value)
    if plain(value) and (strict or not isinstance(value, float)):
        raise bad_argument(name, value, "must be an integer")
    return UNKNOWN


def data_format_of(arguments: Arguments, context: Context) -> str | None:
    """``channels_last`` or ``channels_first``; ``None`` where not known (keras/src/backend/config.py)."""
    value = arguments.get("data_format")
    if value is None:
        return context.data_format
    if not plain(value):
        return None
    text = str(value).lower()
    if text not in ("channels_last", "channels_first"):
        raise bad_argument("data_format", value, 'must be "channels_last" or "channels_first"')
    return text


def compute_dtype(arguments: Arguments) -> str:
    """Type of what a layer computes, from its ``dtype`` argument; ``""`` if not known."""
    value = arguments.get("dtype")
    if value is None:
        return "float32"
    if not isinstance(value, str):
        return ""
    return value.removeprefix("mixed_")


def cast_dtype(spec: TensorSpec, arguments: Arguments) -> str:
    """Type of ``spec`` inside a layer that computes nothing: floats are cast, other types are not."""
    return compute_dtype(arguments) if spec.dtype in FLOATS else spec.dtype


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


OWN_TYPE: Final = _names(
    "BatchNormalization CategoryEncoding CenterCrop Dense Discretization Embedding Flatten HashedCrossing "
    "Hashing Identity IntegerLookup LayerNormalization LeakyReLU Normalization Permute RandomBrightness "
    "RandomContrast RandomCrop RandomFlip RandomHeight RandomRotation RandomTranslation RandomWidth RandomZoom "
    "Rescaling Reshape Resizing SpectralNormalization StringLookup TextVectorization TimeDistributed "
    "UnitNormalization"
)
"""Layers of which it is known in Keras 2 what type comes out where no floats go in (measured: tf_keras 2.21).

Others compute with whole numbers and strings as they are, or fail.
"""


def shape_kept(spec: TensorSpec, arguments: Arguments) -> TensorSpec:
    """Output of a layer that leaves the shape alone; of a nest that cannot be told nothing is known."""
    if spec.shape is UNRANKED and not spec.dtype:
        return spec
    return TensorSpec(spec.shape, compute_dtype(arguments))


ACTIVATIONS: Final[Mapping[int, frozenset[str]]] = {
    3: _names(
        "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu "
        "linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus "
        "softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
    ),
    2: _names(
        "ELU LeakyReLU PReLU ReLU Softmax ThresholdedReLU elu exponential gelu hard_sigmoid leaky_relu "
        "linear log_softmax mish relu relu6 selu sigmoid silu softmax softplus softsign swish tanh"
    ),
}
"""Strings that ``activations.get`` resolves, by major version (measured: Keras 3.15.1, tf_keras 2.21)."""

INITIALIZERS: Final = _names(
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity Initializer LecunNormal LecunUniform "
    "Ones Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros constant glorot_normal "
    "glorot_uniform he_normal he_uniform identity initializer lecun_normal lecun_uniform normal one ones "
    "orthogonal random_normal random_uniform truncated_normal uniform variance_scaling zero zeros"
)
"""Strings that ``initializers.get`` resolves in both major versions."""

OTHER_INITIALIZERS: Final[Mapping[int, frozenset[str]]] = {
    3: _names("IdentityInitializer OrthogonalInitializer STFT STFTInitializer stft"),
    2: _names(
        "ConstantV2 GlorotNormalV2 GlorotUniformV2 HeNormalV2 HeUniformV2 IdentityV2 LecunNormalV2 "
        "LecunUniformV2 OnesV2 OrthogonalV2 RandomNormalV2 RandomUniformV2 TruncatedNormalV2 "
        "VarianceScalingV2 ZerosV2 glorot_normalV2 glorot_uniformV2 he_normalV2 he_uniformV2 "
        "lecun_normalV2 lecun_uniformV2"
    ),
}
"""Further ones, by major version."""

REGULARIZERS: Final = _names(
    "L1 L1L2 L2 OrthogonalRegularizer Regularizer l1 l1l2 l2 orthogonal_regularizer regularizer"
)
"""Strings that Keras 3's ``regularizers.get`` resolves; Keras 2 looks into its initializers as well."""

CONSTRAINTS: Final = _names(
    "Constraint MaxNorm MinMaxNorm NonNeg UnitNorm constraint max_norm min_max_norm non_neg unit_norm"
)
"""Strings that Keras 3's ``constraints.get`` resolves."""


_ALL_INITIALIZERS: Final = {major: INITIALIZERS | others for major, others in OTHER_INITIALIZERS.items()}


def check_identifiers(arguments: Arguments, context: Context) -> None:
    """Refuses names that no activation, initializer, regularizer or constraint of Keras has.

    Whether the program registers custom objects is for the caller to know: a registered name is accepted.
    """
    for name, value in arguments.values.items():
        if not (isinstance(value, str | bool | int | float) and not isinstance(value, type(UNKNOWN))):
            continue
        if name.endswith("activation"):
            allowed = ACTIVATIONS[context.major]
        elif name.endswith("_initializer"):
            allowed = _ALL_INITIALIZERS[context.major]
        elif name.endswith("_regularizer") and context.major == 3:
            allowed = REGULARIZERS
        elif name.endswith("_constraint") and context.major == 3:
            allowed = CONSTRAINTS
        else:
            continue
        if value not in allowed:
            what = name.rpartition("_")[2]
            raise bad_argument(
                name, value, f"is not the name of {'an' if what[0] in 'ai' else 'a'} {what} of Keras"
            )
