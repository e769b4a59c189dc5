"""pandas tables and columns in a program: attributes, items, methods, and what changes them in place."""

from __future__ import annotations

from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Column, Frame
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import BoundMethod, ListObject, Value
from kerascope.libraries.base import CallArguments as LibraryArguments
from kerascope.libraries.catalogue import library_function
from kerascope.libraries.frames import assigned, frame_array, located, select, table_array

_INDEXERS: Final = frozenset({"iloc", "loc"})
_IN_PLACE: Final = frozenset({"insert", "update", "set_index", "rename", "eval", "sort_values", "sort_index"})


def frame_attribute(machine: Machine, frame: Frame, name: str) -> Value:
    """``frame.name``."""
    if name == "values":
        return frame_array(frame)
    if name == "shape":
        return (frame.rows, UNKNOWN if frame.columns is None else len(frame.columns))
    if name == "columns":
        return UNKNOWN if frame.columns is None else machine.allocate(ListObject(tuple(frame.columns)))
    if frame.columns is not None and name in frame.columns and library_function(f"DataFrame.{name}") is None:
        return Column(frame.columns[name])
    return UNKNOWN if name in {"index", "T", "dtypes"} else BoundMethod(frame, name)


def column_attribute(column: Column, name: str) -> Value:
    """``column.name``."""
    if name == "values":
        return column.array
    if name == "shape":
        return column.array.shape if isinstance(column.array.shape, tuple) else UNKNOWN
    return UNKNOWN if name in {"index", "dtype", "name"} else BoundMethod(column, name)


def accessor_attribute(method: BoundMethod, name: str) -> Value:
    """``column.cat.codes`` and its kin."""
    entry = library_function(f"Series.{method.name}.{name}")
    return UNKNOWN if entry is None else entry.returns(LibraryArguments((method.owner,)))


def frame_item(machine: Machine, value: Value, key: Value) -> Value:
    """``frame[key]``, ``column[key]``, ``frame.iloc[key]``."""
    if isinstance(value, BoundMethod):
        if value.name not in _INDEXERS:
            return UNKNOWN
        return located(value.owner, plain_key(machine, key), by_position=value.name == "iloc")
    if isinstance(value, Frame):
        return select(value, plain_key(machine, key))
    return UNKNOWN


def plain_key(machine: Machine, key: Value) -> Any:
    """A key as the catalogue takes it, slices kept."""
    if isinstance(key, tuple):
        return tuple(plain_key(machine, part) for part in key)
    if isinstance(key, slice):
        return slice(*(machine.plain(part) for part in (key.start, key.stop, key.step)))
    return machine.plain(key)


def store_in_frame(machine: Machine, frame: Frame, key: Value, value: Value) -> None:
    """``frame[key] = value``: every name of the table means the changed one now."""
    machine.write_array(frame, assigned(frame, machine.plain(key), machine.plain(value)))


def call_frame_method(machine: Machine, owner: Frame | Column, name: str, arguments: CallArguments) -> Value:
    """``frame.name(…)`` and ``column.name(…)``."""
    kind = "DataFrame" if isinstance(owner, Frame) else "Series"
    entry = library_function(f"{kind}.{name}")
    keywords = {key: machine.plain(given.value) for key, given in arguments.keywords.items()}
    in_place = keywords.pop("inplace", False)
    if isinstance(owner, Frame) and name == "pop" and arguments.positional:
        taken = machine.plain(arguments.positional[0].value)
        rest = library_function("DataFrame.drop")
        assert rest is not None
        machine.write_array(owner, rest.returns(LibraryArguments((owner,), {"columns": taken})))
        return select(owner, taken)
    if entry is None:
        if isinstance(owner, Frame) and (in_place is not False or name in _IN_PLACE):
            machine.write_array(owner, Frame(None))
        return UNKNOWN
    positional = tuple(machine.plain(given.value) for given in arguments.positional)
    made = entry.returns(LibraryArguments((owner, *positional), keywords, arguments.complete))
    if in_place is False:
        return made
    if isinstance(owner, Frame):
        machine.write_array(owner, made if in_place is True and isinstance(made, Frame) else Frame(None))
    return None if in_place is True else UNKNOWN


def as_arrays(value: Any, depth: int = 0) -> Any:
    """Tables and columns in a plain value as the arrays that libraries make of them."""
    if isinstance(value, tuple) and depth < 6:
        return tuple(as_arrays(part, depth + 1) for part in value)
    return table_array(value)


def fed_tables(value: Any) -> Any:
    """Tables as Keras takes them: a column gets an axis of one.

    Source: ``PandasSeriesSliceable`` in keras/src/trainers/data_adapters/array_slicing.py, ``_process_tensorlike`` in
    tf_keras/src/engine/data_adapter.py.
    """
    if isinstance(value, Column):
        shape = value.array.shape
        return value.array.with_shape((*shape, 1) if isinstance(shape, tuple) else shape)
    if isinstance(value, tuple):
        return tuple(fed_tables(part) for part in value)
    if isinstance(value, dict):
        return {key: fed_tables(part) for key, part in value.items()}
    return table_array(value)
