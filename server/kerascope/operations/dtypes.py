"""Element types of results: how Keras 3 promotes them, and how TensorFlow insists that they are equal.

Sources: ``keras/src/backend/common/dtypes.py``; ``binary_op_wrapper`` of ``tensorflow/python/ops/math_ops.py``.
A Python number takes part under the name of its type, which is weak: it gives way to any type of its kind.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Final

from kerascope.domain.specs import Symbol
from kerascope.layers.base import FaultKind, refuse
from kerascope.operations.base import Operand

_HIGHER: Final[Mapping[str, tuple[str, ...]]] = {
    "bool": ("int",),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int": ("uint8", "int8", "complex64"),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex64": ("complex128",),
    "complex128": (),
}
"""The lattice of Keras 3: each type and those directly above it."""

INTEGERS: Final = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
FLOATS: Final = frozenset({"bfloat16", "float16", "float32", "float64"})
COMPLEXES: Final = frozenset({"complex64", "complex128"})
_RESOLVED: Final = {"int": "int32", "float": "float32", "uint64": "uint32", "complex128": "complex64"}
_PYTHON: Final = {"bool": 0, "int": 1, "float": 2, "complex": 3}
_OTHER_NAMES: Final = {
    "int": "int32",
    "float": "float32",
    "half": "float16",
    "double": "float64",
    "str": "string",
}


@functools.cache
def _above(dtype: str) -> frozenset[str]:
    found = {dtype}
    for higher in _HIGHER[dtype]:
        found |= _above(higher)
    return frozenset(found)


@functools.cache
def result_type(*dtypes: str) -> str:
    """What ``keras.backend.result_type`` gives; ``""`` where a type is not known or they do not go together."""
    names = {"complex128" if dtype == "complex" else dtype for dtype in dtypes}
    if not names or not names <= _HIGHER.keys():
        return ""
    weak = names <= {"int", "float"}
    common = frozenset.intersection(*(_above("int32" if weak and n == "int" else n) for n in names))
    if weak:
        return "float32" if "float" in names else "int32"
    least = [dtype for dtype in common if common <= _above(dtype)]
    return _RESOLVED.get(least[0], least[0]) if len(least) == 1 else ""


def keras_common(operands: Sequence[Operand], *extra: str) -> str:
    """The type in which Keras 3 lets ``operands`` meet; ``""`` where one is not known."""
    if any(not item.spec.dtype or item.kind in ("unknown", "list") for item in operands):
        return ""
    return result_type(*(item.spec.dtype for item in operands), *extra)


def tf_common(operands: Sequence[Operand]) -> str:
    """The one type that TensorFlow asks of ``operands``: a tensor decides, data and numbers are converted."""
    tensors = [item.spec.dtype for item in operands if item.kind == "tensor"]
    if not tensors or "" in tensors or any(item.kind == "unknown" for item in operands):
        return ""
    dtype = tensors[0]
    for other in tensors:
        if other != dtype:
            raise refuse(
                FaultKind.DTYPE, f"tensors of {dtype} and {other} do not mix", expected=dtype, received=other
            )
    for item in operands:
        if item.kind in ("number", "list") and not _converts(item.spec.dtype, dtype):
            return _unfit(item, dtype)
        if item.kind == "array" and not (_is_real(item.spec.dtype) and _is_real(dtype)):
            return ""
    return dtype


def _unfit(item: Operand, dtype: str) -> str:
    """Refuses a number that has a fraction where whole ones are needed; of others nothing is certain."""
    if item.kind == "number" and item.spec.dtype == "float" and dtype in INTEGERS:
        raise refuse(
            FaultKind.DTYPE,
            f"a float does not mix with a tensor of {dtype}",
            expected=dtype,
            received="float",
        )
    return ""


def _converts(python_type: str, dtype: str) -> bool:
    """Whether TensorFlow takes a number of ``python_type`` for an element of ``dtype``."""
    if python_type not in ("bool", "int", "float"):
        return False
    if dtype in FLOATS:
        return True
    return dtype in INTEGERS and python_type in ("int", "bool")


def _is_real(dtype: str) -> bool:
    return dtype in INTEGERS or dtype in FLOATS


def to_float(dtype: str) -> str:
    """The type of a mean or a logarithm in Keras 3: whole numbers become floats."""
    return result_type(dtype, "float") if dtype not in ("", "int64") else "float32" if dtype else ""


def tf_quotient(dtype: str) -> str:
    """The type of ``x / y`` in TensorFlow: ``_TRUEDIV_TABLE`` of ``math_ops.py``."""
    if dtype in ("int8", "uint8", "int16", "uint16"):
        return "float32"
    return "float64" if dtype in INTEGERS else dtype


def dtype_argument(value: object, default: str = "") -> str:
    """The type that an argument ``dtype`` names; ``default`` for ``None`` and ``""`` where it is not known."""
    if value is None:
        return default
    if isinstance(value, Symbol):
        value = value.name.rpartition(".")[2].rstrip("_")
    if not isinstance(value, str):
        return ""
    name = _OTHER_NAMES.get(value, value)
    return name if name in _HIGHER or name == "string" else ""
