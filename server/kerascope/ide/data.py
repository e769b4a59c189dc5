"""What is known of data, in words: shape, type, range, classes, and where it comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, TypeAlias

from kerascope.domain.shapes import UNKNOWN, Tri, format_shape
from kerascope.domain.specs import ArraySpec, Column, Dataset, Frame

Data: TypeAlias = ArraySpec | Dataset | Frame | Column


def describe_data(data: Data) -> str:
    """What is known of data: of a dataset, what one step brings; of a table, its columns."""
    if isinstance(data, ArraySpec):
        return describe_array(data)
    if isinstance(data, Column):
        return f"**Series**: {describe_array(data.array)}"
    if isinstance(data, Frame):
        return _described_frame(data)
    lines = [f"**{data.kind}**" + (f" from `{data.source}`" if data.source else "")]
    parts = data.element if isinstance(data.element, (tuple, dict)) else (data.element,)
    named = parts.items() if isinstance(parts, dict) else zip(_PARTS[len(parts)], parts, strict=False)
    lines += [f"- {name}: {_described_nest(part)}" for name, part in named]
    if data.steps is None and data.kind == "tf.data.Dataset":
        lines.append("- never ends")
    elif isinstance(data.steps, int):
        what = {Tri.YES: "batches", Tri.NO: "single examples"}.get(data.batched, "steps")
        lines.append(f"- {data.steps:,} {what}" if data.steps != 1 else "- a single step")
    elif data.batched is Tri.NO:
        lines.append("- single examples, not batched")
    return "\n".join(lines)


_PARTS = {
    1: ("each step",),
    2: ("inputs", "labels"),
    3: ("inputs", "labels", "sample weights"),
    **{count: tuple(f"part {index}" for index in range(count)) for count in (0, *range(4, 64))},
}


def _described_nest(nest: Any) -> str:
    if isinstance(nest, ArraySpec):
        return describe_array(nest, named=False)
    if isinstance(nest, Dataset):
        return "a dataset of " + _described_nest(nest.element)
    if isinstance(nest, tuple):
        return "(" + "; ".join(map(_described_nest, nest)) + ")"
    if isinstance(nest, dict):
        return "{" + "; ".join(f"`{key}`: {_described_nest(part)}" for key, part in nest.items()) + "}"
    return "?"


def describe_array(array: ArraySpec, *, named: bool = True) -> str:
    """``(60000, 28, 28) uint8, 0 to 255, from keras.datasets.mnist``."""
    parts = [f"`{format_shape(array.shape)}`" + (f" {array.dtype}" if array.dtype else "")]
    facts = array.facts
    if facts.lo is not None and facts.hi is not None:
        parts.append(f"{facts.lo:g} to {facts.hi:g}")
    if facts.one_hot is Tri.YES:
        parts.append("one-hot rows")
    elif facts.integral is Tri.YES and not array.dtype.startswith(("int", "uint")):
        parts.append("whole numbers")
    if array.source and named:
        parts.append(f"from `{array.source}`")
    return ", ".join(parts)


def _described_frame(frame: Frame) -> str:
    width = UNKNOWN if frame.columns is None else len(frame.columns)
    lines = [
        f"**DataFrame** `{format_shape((frame.rows, width))}`"
        + (f" from `{frame.source}`" if frame.source else "")
    ]
    for name, cell in list((frame.columns or {}).items())[:_MOST_COLUMNS]:
        facts = describe_array(replace(cell, shape=()), named=False).removeprefix("`()`").strip(" ,")
        lines.append(f"- `{name}`" + (f": {facts}" if facts else ""))
    if frame.columns is not None and len(frame.columns) > _MOST_COLUMNS:
        lines.append(f"- and {len(frame.columns) - _MOST_COLUMNS} more")
    return "\n".join(lines)


_MOST_COLUMNS: Final = 12
