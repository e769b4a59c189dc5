"""pandas: tables with named columns, and single columns.

A ``Frame`` knows its columns where the program names them all; a table that is read from a file has columns of which
nothing is known, and a selection of named ones is known again. Source: pandas.pydata.org/docs/reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import NO_FACTS, UNKNOWN_ARRAY, ArraySpec, Column, Frame
from kerascope.libraries.arithmetic import binary, index
from kerascope.libraries.base import (
    CallArguments,
    LibraryFunction,
    as_array_like,
    cast,
    common_dtype,
    dim_argument,
    dtype_name,
    entry,
    make_facts,
    some_of,
)

Method = Callable[[Any, CallArguments], Any]

OPEN: Final = Frame(None, UNKNOWN)


def frame_array(frame: Frame) -> ArraySpec:
    """``frame.to_numpy()``."""
    if frame.columns is None:
        facts = make_facts("", 0, 1, Tri.YES, Tri.YES) if frame.one_hot is Tri.YES else NO_FACTS
        return ArraySpec((frame.rows, UNKNOWN), "", facts, frame.source)
    cells = list(frame.columns.values())
    if not cells:
        return ArraySpec((frame.rows, 0), "", source=frame.source)
    dtype = common_dtype([cell.dtype for cell in cells])
    if any(cell.dtype in ("object", "str") for cell in cells):
        dtype = "object"
    elif "bool" in {cell.dtype for cell in cells} and dtype != "bool":
        dtype = "object" if all(cell.dtype for cell in cells) else ""
    facts = cast(cells[0], dtype).facts
    for cell in cells[1:]:
        facts = facts.join(cast(cell, dtype).facts)
    return ArraySpec(
        (frame.rows, len(cells)), dtype, replace(some_of(facts), one_hot=frame.one_hot), frame.source
    )


def table_array(value: Any) -> Any:
    """A table or a column as the array that it converts to; any other value as it is."""
    if isinstance(value, Frame):
        return frame_array(value)
    return value.array if isinstance(value, Column) else value


def _cell(value: Any, rows: Dim) -> ArraySpec:
    """A column's values as pandas keeps them; texts in a type of their own, of which ``object`` is what NumPy sees."""
    array = as_array_like(table_array(value))
    if array.dtype == "str":
        array = replace(array, dtype="object", facts=NO_FACTS)
    shape = array.shape
    if shape == ():
        return replace(
            array, shape=(rows,), facts=replace(some_of(array.facts), attained=array.facts.attained)
        )
    return array if shape is UNRANKED or len(shape) == 1 else ArraySpec((rows,), "")


def _rows_of(cells: Mapping[str, ArraySpec]) -> Dim:
    for cell in cells.values():
        if isinstance(cell.shape, tuple) and cell.shape and isinstance(cell.shape[0], int):
            return cell.shape[0]
    return UNKNOWN


def _make(args: CallArguments) -> Any:
    data, names = args.get(0, "data"), args.get(2, "columns")
    source = "pd.DataFrame"
    if isinstance(data, dict) and names is None and all(isinstance(key, str) for key in data):
        rows = _rows_of({key: as_array_like(table_array(value)) for key, value in data.items()})
        return Frame({key: _cell(value, rows) for key, value in data.items()}, rows, source=source)
    array = as_array_like(table_array(data)) if data is not None else UNKNOWN_ARRAY
    if isinstance(array.shape, tuple) and len(array.shape) == 2:
        rows, width = array.shape
        if isinstance(names, tuple) and all(isinstance(name, str) for name in names):
            return Frame({n: _part(array) for n in names}, rows, source=array.source or source)
        if names is None and isinstance(width, int) and width <= 4096:
            return Frame({index: _part(array) for index in range(width)}, rows, source=array.source or source)
        return Frame(None, rows, source=array.source or source)
    if isinstance(data, Frame) and names is None:
        return data
    return replace(OPEN, source=source)


def _part(array: ArraySpec) -> ArraySpec:
    rows = array.shape[0] if isinstance(array.shape, tuple) else UNKNOWN
    return ArraySpec((rows,), array.dtype, some_of(array.facts), array.source)


def _read(source: str) -> Callable[[CallArguments], Any]:
    def returns(args: CallArguments) -> Any:
        if args.get(None, "chunksize") is not None or args.get(None, "iterator") is not None:
            return UNKNOWN
        names = args.get(None, "usecols")
        if names is None and args.get(None, "index_col") is None:
            # A file with more columns than names has the first ones as its index.
            names = args.get(None, "names")
        if isinstance(names, tuple) and names and all(isinstance(name, str) for name in names):
            return Frame({name: ArraySpec((UNKNOWN,), "") for name in names}, UNKNOWN, source=source)
        return Frame(None, UNKNOWN, source=source)

    return returns


def _series(args: CallArguments) -> Any:
    array = as_array_like(table_array(args.get(0, "data", UNKNOWN)))
    shape: Shape = array.shape if isinstance(array.shape, tuple) and len(array.shape) == 1 else (UNKNOWN,)
    return Column(_cell(array.with_shape(shape), UNKNOWN))


# --- Choosing -------------------------------------------------------------------------------------------------


def select(frame: Frame, key: Any) -> Any:
    """``frame[key]``: a column, some columns, or some rows."""
    if isinstance(key, str) or (isinstance(key, int) and not isinstance(key, bool)):
        if frame.columns is None:
            return Column(ArraySpec((frame.rows,), "", source=frame.source))
        return Column(frame.columns[key]) if key in frame.columns else UNKNOWN
    if isinstance(key, tuple) and all(isinstance(name, (str, int)) for name in key):
        return _columns(frame, key)
    if isinstance(key, (Column, ArraySpec, slice)):
        array = table_array(key)
        if isinstance(array, ArraySpec) and array.dtype != "bool":
            return UNKNOWN
        return with_rows(frame, UNKNOWN)
    return UNKNOWN


def _columns(frame: Frame, names: tuple[Any, ...]) -> Any:
    if frame.columns is None:
        return Frame({name: ArraySpec((frame.rows,), "") for name in names}, frame.rows, source=frame.source)
    if not all(name in frame.columns for name in names):
        return UNKNOWN
    return replace(frame, columns={name: frame.columns[name] for name in names})


def with_rows(value: Any, rows: Dim) -> Any:
    """Some of the rows of a table or a column."""
    if isinstance(value, Column):
        return Column(_some(value.array, rows))
    cells = (
        None if value.columns is None else {name: _some(cell, rows) for name, cell in value.columns.items()}
    )
    return replace(value, columns=cells, rows=rows)


def _some(array: ArraySpec, rows: Dim) -> ArraySpec:
    facts = replace(some_of(array.facts), one_hot=array.facts.one_hot)
    return replace(array, shape=(rows,), facts=facts)


def assigned(frame: Frame, key: Any, value: Any) -> Frame:
    """``frame`` after ``frame[key] = value``."""
    if frame.columns is None or not isinstance(key, (str, int)) or isinstance(key, bool):
        return replace(frame, columns=None, one_hot=Tri.UNKNOWN)
    cell = _cell(value, frame.rows) if value is not UNKNOWN else ArraySpec((frame.rows,), "")
    return replace(
        frame, columns={**frame.columns, key: replace(cell, shape=(frame.rows,))}, one_hot=Tri.UNKNOWN
    )


def located(value: Any, key: Any, *, by_position: bool) -> Any:
    """``frame.iloc[key]`` and ``frame.loc[key]``."""
    rows, columns = key if isinstance(key, tuple) and len(key) == 2 else (key, slice(None))
    if isinstance(value, Column):
        single = isinstance(rows, int) or (isinstance(rows, ArraySpec) and rows.shape == ())
        return UNKNOWN if single or not by_position else with_rows(value, _length(value.array.shape, rows))
    if not isinstance(value, Frame):
        return UNKNOWN
    taken = (
        value
        if rows == slice(None)
        else with_rows(value, _length((value.rows,), rows) if by_position else UNKNOWN)
    )
    if isinstance(rows, (int, str)) or (isinstance(rows, ArraySpec) and rows.shape == ()):
        return UNKNOWN
    if columns == slice(None):
        return taken
    if not by_position:
        named = isinstance(columns, str) or (
            isinstance(columns, tuple) and all(isinstance(n, str) for n in columns)
        )
        return select(taken, columns) if named else Frame(None, taken.rows, source=taken.source)
    names = None if taken.columns is None else tuple(taken.columns)
    if isinstance(columns, int) and not isinstance(columns, bool):
        if names is None:
            return Column(ArraySpec((taken.rows,), "", source=taken.source))
        return Column(taken.columns[names[columns]]) if -len(names) <= columns < len(names) else UNKNOWN  # type: ignore[index]
    if names is None or not isinstance(columns, slice):
        return Frame(None, taken.rows, source=taken.source)
    if not all(part is None or type(part) is int for part in (columns.start, columns.stop, columns.step)):
        return Frame(None, taken.rows, source=taken.source)
    return replace(taken, columns={name: taken.columns[name] for name in names[columns]})  # type: ignore[index]


def _length(shape: Shape, rows: Any) -> Dim:
    size = shape[0] if isinstance(shape, tuple) and shape else UNKNOWN
    found = index(ArraySpec((size,), "int64"), list(rows) if isinstance(rows, tuple) else rows).shape
    return found[0] if isinstance(found, tuple) and len(found) == 1 else UNKNOWN


# --- Methods --------------------------------------------------------------------------------------------------


def _drop(frame: Frame, args: CallArguments) -> Any:
    labels, axis = args.get(1, "labels"), args.get(2, "axis", 0)
    names = args.get(None, "columns")
    if names is None:
        if axis in (0, "index", "rows") or UNKNOWN in (axis,):
            return with_rows(frame, UNKNOWN) if axis in (0, "index", "rows") else replace(frame, columns=None)
        names = labels
    if args.get(None, "index") is not None:
        frame = with_rows(frame, UNKNOWN)
    gone = (names,) if isinstance(names, (str, int)) else names
    if frame.columns is None or not isinstance(gone, tuple):
        return replace(frame, columns=None)
    return _without(frame, gone)


def _without(frame: Frame, gone: tuple[Any, ...]) -> Frame:
    assert frame.columns is not None
    return replace(frame, columns={name: cell for name, cell in frame.columns.items() if name not in gone})


def _rename(frame: Frame, args: CallArguments) -> Any:
    """``frame.rename(columns=names)``: the same cells; which names is open where a function makes them."""
    names, axis = args.get(None, "columns"), args.get(None, "axis", 0)
    if axis in (1, "columns"):
        names = args.get(1, "mapper")
    elif axis not in (0, "index", "rows"):
        names = UNKNOWN
    if names is None or frame.columns is None:
        return frame
    if not isinstance(names, dict):
        return replace(frame, columns=None)
    cells = {names.get(name, name): cell for name, cell in frame.columns.items()}
    if not all(isinstance(name, (str, int)) for name in names.values()):
        return replace(frame, columns=None)
    # Where names meet, one of them stands for several columns.
    return replace(frame, columns=cells) if len(cells) == len(frame.columns) else UNKNOWN


def _set_index(frame: Frame, args: CallArguments) -> Any:
    """``frame.set_index(names)``: columns become the names of the rows."""
    names = args.get(1, "keys", UNKNOWN)
    gone = (names,) if isinstance(names, str) else names
    dropped = args.get(2, "drop", True)
    if frame.columns is None or dropped is False:
        return frame
    if dropped is not True or not isinstance(gone, tuple) or not all(name in frame.columns for name in gone):
        return replace(frame, columns=None)
    return _without(frame, gone)


def _dropna(value: Any, args: CallArguments) -> Any:
    if isinstance(value, Frame) and args.get(None, "axis", 0) not in (0, "index"):
        return replace(value, columns=None)
    return with_rows(value, UNKNOWN)


def _head(value: Any, args: CallArguments) -> Any:
    count, rows = dim_argument(args.get(1, "n", 5)), _rows(value)
    known = isinstance(count, int) and isinstance(rows, int) and count >= 0
    return with_rows(value, min(count, rows) if known else UNKNOWN)  # type: ignore[type-var]


def _rows(value: Any) -> Dim:
    if isinstance(value, Frame):
        return value.rows
    shape = value.array.shape
    return shape[0] if isinstance(shape, tuple) and shape else UNKNOWN


def _sample(value: Any, args: CallArguments) -> Any:
    whole = args.get(2, "frac") in (1, 1.0) and args.get(1, "n") is None
    return with_rows(value, _rows(value) if whole else UNKNOWN)


def _reset_index(value: Any, args: CallArguments) -> Any:
    dropped = args.get(None, "drop", False) is True
    return value if dropped else replace(value, columns=None) if isinstance(value, Frame) else UNKNOWN


def _same(value: Any, args: CallArguments) -> Any:
    return value


def _filled(value: Any, args: CallArguments) -> Any:
    """The same cells, some of them replaced: their types may be others then."""
    if isinstance(value, Column):
        return Column(replace(value.array, dtype="", facts=NO_FACTS))
    if value.columns is None:
        return value
    cells = {name: replace(cell, dtype="", facts=NO_FACTS) for name, cell in value.columns.items()}
    return replace(value, columns=cells, one_hot=Tri.UNKNOWN)


def _astype(value: Any, args: CallArguments) -> Any:
    given = args.get(1, "dtype", UNKNOWN)
    name = "" if given is UNKNOWN or isinstance(given, dict) else dtype_name(given)
    name = "object" if name == "str" else name
    if isinstance(value, Column):
        return Column(cast(value.array, name) if name else replace(value.array, dtype="", facts=NO_FACTS))
    if value.columns is None:
        return value
    return replace(value, columns={key: cast(cell, name) for key, cell in value.columns.items()})


def _to_numpy(value: Any, args: CallArguments) -> Any:
    array: ArraySpec = table_array(value)
    dtype = args.get(1, "dtype")
    return array if dtype is None else cast(array, dtype_name(dtype))


def _codes(value: Any, args: CallArguments) -> Any:
    """``column.cat.codes``: class ids from 0, and -1 for what is missing."""
    array = value.array if isinstance(value, Column) else UNKNOWN_ARRAY
    return Column(ArraySpec(array.shape, "", make_facts("int64", -1), array.source))


def _mapped(value: Any, args: CallArguments) -> Any:
    """A column each of whose values was replaced; what a dictionary lacks becomes NaN."""
    array = value.array if isinstance(value, Column) else UNKNOWN_ARRAY
    return Column(ArraySpec(array.shape, "", source=array.source)) if isinstance(value, Column) else UNKNOWN


def _dummies(args: CallArguments) -> Any:
    data, given = args.get(0, "data", UNKNOWN), args.get(None, "dtype")
    dtype = "bool" if given is None else dtype_name(given)
    dtype = "" if given is None else dtype  # Before pandas 2 it was uint8.
    if isinstance(data, Frame):
        return Frame(None, data.rows, source=data.source)
    array = as_array_like(table_array(data))
    rows = array.shape[0] if isinstance(array.shape, tuple) and array.shape else UNKNOWN
    plain = all(args.get(None, name, False) is False for name in ("drop_first", "dummy_na"))
    made = ArraySpec((rows, UNKNOWN), dtype, make_facts(dtype, 0, 1), array.source)
    return Frame(None, rows, source=made.source, one_hot=Tri.YES if plain else Tri.UNKNOWN)


def _concat(args: CallArguments) -> Any:
    parts, axis = args.get(0, "objs", UNKNOWN), args.get(1, "axis", 0)
    if (
        not isinstance(parts, tuple)
        or not all(isinstance(part, (Frame, Column)) for part in parts)
        or not parts
    ):
        return UNKNOWN
    if axis in (1, "columns"):
        return replace(OPEN, rows=UNKNOWN)
    if all(isinstance(part, Column) for part in parts):
        return Column(ArraySpec((UNKNOWN,), ""))
    first = parts[0]
    same = all(
        isinstance(p, Frame) and p.columns is not None and p.columns.keys() == first.columns.keys()
        for p in parts
    )
    counts = [_rows(part) for part in parts]
    rows: Dim = sum(counts) if all(isinstance(count, int) for count in counts) else UNKNOWN  # type: ignore[arg-type]
    if not same:
        return Frame(None, rows)
    return Frame({name: ArraySpec((rows,), "") for name in first.columns}, rows, source=first.source)


def _statistic(value: Any, args: CallArguments) -> Any:
    """A number for each column of a table; for a column a number."""
    return UNKNOWN


def operated(sign: str, left: Any, right: Any) -> Any:
    """Arithmetic of a table or a column with a number, or of two columns of one length."""
    one, other = (right, left) if not isinstance(left, (Frame, Column)) else (left, right)
    if isinstance(one, Column):
        if not isinstance(other, (Column, int, float)) and not (isinstance(other, ArraySpec)):
            return Column(ArraySpec(one.array.shape, ""))
        made = binary(sign, table_array(left), table_array(right))
        rows = one.array.shape if isinstance(one.array.shape, tuple) else (UNKNOWN,)
        if not isinstance(made, ArraySpec) or isinstance(other, Column):
            # Two columns meet by the names of their rows, and a name that only one has makes a row as well.
            same = isinstance(other, Column) and other.array.shape == rows
            return Column(
                ArraySpec(
                    rows if same else (UNKNOWN,), made.dtype if isinstance(made, ArraySpec) and same else ""
                )
            )
        return Column(made.with_shape(rows))
    if isinstance(other, (int, float)) and isinstance(one, Frame) and one.columns is not None:
        cells = {}
        for name, cell in one.columns.items():
            made = binary(sign, cell, other) if one is left else binary(sign, other, cell)
            cells[name] = made if isinstance(made, ArraySpec) else ArraySpec(cell.shape, "")
        return replace(one, columns=cells, one_hot=Tri.UNKNOWN)
    return Frame(None, one.rows if isinstance(other, (int, float)) else UNKNOWN, source=one.source)


_FRAME: Final[Mapping[str, Method]] = {
    "drop": _drop, "dropna": _dropna, "head": _head, "tail": _head, "sample": _sample, "reset_index": _reset_index,
    "copy": _same, "fillna": _filled, "replace": _filled, "astype": _astype, "to_numpy": _to_numpy,
    "sort_values": _same, "sort_index": _same, "round": _same, "interpolate": _filled, "ffill": _filled,
    "bfill": _filled, "drop_duplicates": _dropna, "clip": _filled, "query": _dropna, "abs": _filled,
    "rename": _rename, "set_index": _set_index,
}  # fmt: skip
_COLUMN: Final[Mapping[str, Method]] = {
    "dropna": _dropna, "head": _head, "tail": _head, "sample": _sample, "reset_index": _reset_index, "copy": _same,
    "fillna": _filled, "replace": _filled, "astype": _astype, "to_numpy": _to_numpy, "map": _mapped,
    "apply": _mapped, "interpolate": _filled, "ffill": _filled, "bfill": _filled, "round": _same, "clip": _filled,
}  # fmt: skip
READERS: Final = (
    "read_csv",
    "read_excel",
    "read_json",
    "read_parquet",
    "read_table",
    "read_pickle",
    "read_feather",
)


def _method(function: Method) -> Callable[[CallArguments], Any]:
    def returns(args: CallArguments) -> Any:
        value = args.get(0, "self", UNKNOWN)
        return function(value, args) if isinstance(value, (Frame, Column)) else UNKNOWN

    return returns


def _entries() -> Iterator[LibraryFunction]:
    yield entry("pandas.DataFrame", _make)
    yield entry("pandas.Series", _series)
    yield entry("pandas.get_dummies", _dummies)
    yield entry("pandas.concat", _concat)
    for name in READERS:
        yield entry(f"pandas.{name}", _read(f"pd.{name}"))
    for name, function in _FRAME.items():
        yield entry(f"DataFrame.{name}", _method(function))
    for name, function in _COLUMN.items():
        yield entry(f"Series.{name}", _method(function))
    yield entry("Series.cat.codes", _method(_codes))


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
