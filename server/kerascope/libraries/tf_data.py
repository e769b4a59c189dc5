"""``tf.data``: how a dataset's methods change what one step yields.

Source: tensorflow/python/data/ops/dataset_ops.py; the static shapes and the counts of steps are those of
``Dataset.element_spec`` and ``Dataset.cardinality``. Methods that call a function of the program, and those that make a
dataset out of values, are in ``interp/datasets.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import ArraySpec, Dataset, Symbol, ValueFacts, arrays_in, map_arrays
from kerascope.libraries.base import CallArguments, LibraryFunction, dim_argument, entry, make_facts, some_of

Returns = Callable[[CallArguments], Any]

PREFIX = "Dataset."
"""Under which the methods of a dataset stand in the catalogue."""


def on_dataset(function: Callable[[Dataset, CallArguments], Any]) -> Returns:
    """An entry's function that is given the dataset, which is the first positional argument, by itself."""

    def returns(args: CallArguments) -> Any:
        dataset = args.get(0, "self", UNKNOWN)
        if not isinstance(dataset, Dataset):
            return UNKNOWN
        if any(isinstance(leaf, Dataset) for leaf in arrays_in(dataset.element)) and function in _ON_AXES:
            return Dataset(UNKNOWN, dataset.kind, source=dataset.source)
        return function(dataset, args)

    return returns


def _same(dataset: Dataset, args: CallArguments) -> Any:
    return dataset


def batched(dataset: Dataset, size: Any, drop_remainder: Any) -> Dataset:
    """``dataset.batch(size, drop_remainder)``."""
    count = dim_argument(size)
    first: Dim = count if drop_remainder is True else None if drop_remainder is False else UNKNOWN
    steps = dataset.steps
    if isinstance(steps, int) and isinstance(count, int) and count > 0 and isinstance(drop_remainder, bool):
        steps = steps // count if drop_remainder else -(-steps // count)
    elif steps is not None:
        steps = UNKNOWN
    if first is None and count is None:
        first = UNKNOWN

    def batch(array: ArraySpec) -> ArraySpec:
        # The rows of a last batch that is not whole are dropped, the extreme ones perhaps among them.
        facts = array.facts if drop_remainder is False else _rows(array.facts)
        return replace(
            array, shape=UNRANKED if array.shape is UNRANKED else (first, *array.shape), facts=facts
        )

    return replace(dataset, element=map_arrays(batch, dataset.element), batched=Tri.YES, steps=steps)


def _batch(dataset: Dataset, args: CallArguments) -> Any:
    return batched(dataset, args.get(1, "batch_size", UNKNOWN), args.get(2, "drop_remainder", False))


def _padded_batch(dataset: Dataset, args: CallArguments) -> Any:
    padded = batched(dataset, args.get(1, "batch_size", UNKNOWN), args.get(4, "drop_remainder", False))
    shapes = args.get(2, "padded_shapes")
    given = shapes if shapes is not None else UNKNOWN

    def pad(array: ArraySpec) -> ArraySpec:
        facts = some_of(array.facts)
        plain = (
            facts
            if facts.lo is not None and facts.lo <= 0 and args.get(3, "padding_values") is None
            else None
        )
        return replace(array, facts=plain or ValueFacts(integral=facts.integral))

    element = map_arrays(pad, padded.element)
    if given is not UNKNOWN:
        element = _padded_to(element, shapes)
    return replace(padded, element=element)


def _padded_to(element: Any, shapes: Any) -> Any:
    """The element with the axes that are padded to a size; ``None`` and -1 pad to the longest of a batch."""
    if isinstance(element, tuple) and isinstance(shapes, tuple) and len(shapes) == len(element):
        return tuple(_padded_to(part, shape) for part, shape in zip(element, shapes, strict=True))
    if isinstance(element, dict) and isinstance(shapes, dict) and shapes.keys() == element.keys():
        return {key: _padded_to(part, shapes[key]) for key, part in element.items()}
    if isinstance(element, ArraySpec) and isinstance(element.shape, tuple) and isinstance(shapes, tuple):
        sizes = tuple(None if size == -1 else size for size in shapes)
        if len(sizes) == len(element.shape) - 1 and all(
            size is None or isinstance(size, int) for size in sizes
        ):
            # A size that is not given is the element's own where that is known.
            own = element.shape[1:]
            kept = tuple(have if size is None else size for size, have in zip(sizes, own, strict=True))
            return element.with_shape((element.shape[0], *kept))
    return map_arrays(lambda array: array.with_shape(UNRANKED), element)


def _unbatch(dataset: Dataset, args: CallArguments) -> Any:
    def inner(array: ArraySpec) -> ArraySpec:
        shape: Shape = array.shape[1:] if isinstance(array.shape, tuple) and array.shape else UNRANKED
        return array.with_shape(shape)

    steps: Dim = None if dataset.steps is None else UNKNOWN
    return replace(dataset, element=map_arrays(inner, dataset.element), batched=Tri.NO, steps=steps)


def _rebatch(dataset: Dataset, args: CallArguments) -> Any:
    return batched(
        _unbatch(dataset, args), args.get(1, "batch_size", UNKNOWN), args.get(2, "drop_remainder", False)
    )


def _fewer(dataset: Dataset, steps: Dim) -> Dataset:
    """The dataset with some of its steps."""
    if steps == dataset.steps and isinstance(steps, int):
        return dataset
    return replace(
        dataset,
        element=map_arrays(lambda array: replace(array, facts=_rows(array.facts)), dataset.element),
        steps=steps,
    )


def _rows(facts: ValueFacts) -> ValueFacts:
    """Facts of some of the rows: one-hot rows stay what they are."""
    return replace(some_of(facts), one_hot=facts.one_hot)


def _take(dataset: Dataset, args: CallArguments) -> Any:
    count, steps = dim_argument(args.get(1, "count", UNKNOWN)), dataset.steps
    if count == -1:
        return dataset
    if not isinstance(count, int) or count < -1 or steps is UNKNOWN:
        return _fewer(dataset, UNKNOWN)
    return _fewer(dataset, count if steps is None or not isinstance(steps, int) else min(count, steps))


def _skip(dataset: Dataset, args: CallArguments) -> Any:
    count, steps = dim_argument(args.get(1, "count", UNKNOWN)), dataset.steps
    if count == -1:
        return _fewer(dataset, 0)
    if steps is None:
        return _fewer(dataset, None)
    known = isinstance(count, int) and count >= 0 and isinstance(steps, int)
    return _fewer(dataset, max(0, steps - count) if known else UNKNOWN)  # type: ignore[operator]


def _shard(dataset: Dataset, args: CallArguments) -> Any:
    return _fewer(dataset, None if dataset.steps is None else UNKNOWN)


def _repeat(dataset: Dataset, args: CallArguments) -> Any:
    count = args.get(1, "count")
    number = -1 if count is None else dim_argument(count)
    if dataset.steps == 0 or number == 0:
        return replace(dataset, steps=0)
    if number == -1 or dataset.steps is None:
        return replace(dataset, steps=None if number == -1 or number is not UNKNOWN else UNKNOWN)
    known = isinstance(number, int) and number > 0 and isinstance(dataset.steps, int)
    return replace(dataset, steps=dataset.steps * number if known else UNKNOWN)  # type: ignore[operator]


def _concatenate(dataset: Dataset, args: CallArguments) -> Any:
    other = args.get(1, "dataset", UNKNOWN)
    if not isinstance(other, Dataset):
        return replace(dataset, element=UNKNOWN, steps=UNKNOWN)
    both = dataset.join(other)
    one, two = dataset.steps, other.steps
    if one is None or two is None:
        steps: Dim = None
    else:
        steps = one + two if isinstance(one, int) and isinstance(two, int) else UNKNOWN
    # A size that only one of the two has is open before the dataset runs.
    return replace(both, element=map_arrays(_opened, both.element), steps=steps)


def _opened(array: ArraySpec) -> ArraySpec:
    if array.shape is UNRANKED:
        return array
    return array.with_shape(tuple(None if dim is UNKNOWN else dim for dim in array.shape))


def _enumerate(dataset: Dataset, args: CallArguments) -> Any:
    counter = ArraySpec((), "int64", make_facts("int64", integral=Tri.YES), dataset.source)
    return replace(dataset, element=(counter, dataset.element))


def _window(dataset: Dataset, args: CallArguments) -> Any:
    """A dataset of datasets: what a step yields is a dataset for each of the parts."""
    size = dim_argument(args.get(1, "size", UNKNOWN))
    shift = args.get(2, "shift")
    stride, drop = args.get(3, "stride", 1), args.get(4, "drop_remainder", False)
    by = size if shift is None else dim_argument(shift)
    steps: Dim = None if dataset.steps is None else UNKNOWN
    known = all(isinstance(value, int) for value in (size, by, stride, dataset.steps)) and isinstance(
        drop, bool
    )
    if known:
        reach = (size - 1) * stride + 1 if drop else 1  # type: ignore[operator]
        steps = max(0, -(-(dataset.steps - reach + 1) // by)) if by else UNKNOWN  # type: ignore[operator]
    inner: Dim = size if drop is True else UNKNOWN

    def part(array: ArraySpec) -> Dataset:
        return Dataset(array, batched=Tri.NO, steps=inner, source=array.source)

    return replace(dataset, element=map_arrays(part, dataset.element), batched=Tri.NO, steps=steps)


def _zip(args: CallArguments) -> Any:
    given = args.get(0, "datasets", UNKNOWN)
    parts = given if len(args.positional) == 1 else tuple(args.positional)
    return zipped(parts) if args.complete else UNKNOWN


def zipped(parts: Any) -> Any:
    """``tf.data.Dataset.zip``: the nest of what the datasets of a nest yield, as long as the shortest."""
    leaves = arrays_in(parts)
    if not leaves or not all(isinstance(leaf, Dataset) for leaf in leaves):
        return UNKNOWN
    counts = [leaf.steps for leaf in leaves]
    known = [count for count in counts if isinstance(count, int)]
    steps: Dim = UNKNOWN if UNKNOWN in counts else min(known) if known else None
    sources = [leaf.source for leaf in leaves if leaf.source]
    batched_as = {leaf.batched for leaf in leaves}
    return Dataset(
        _elements(parts),
        batched=batched_as.pop() if len(batched_as) == 1 else Tri.UNKNOWN,
        steps=steps,
        source=sources[0] if sources else "",
    )


def _elements(parts: Any) -> Any:
    if isinstance(parts, Dataset):
        return parts.element
    if isinstance(parts, tuple):
        return tuple(_elements(part) for part in parts)
    return {key: _elements(part) for key, part in parts.items()}


def _range(args: CallArguments) -> Any:
    given = [number for value in args.positional if isinstance(number := dim_argument(value), int)]
    counts: range | None = None
    if 0 < len(given) == len(args.positional) <= 3 and 0 not in given[2:]:
        counts = range(*given)
    facts = (
        make_facts("int64") if not counts else make_facts("int64", min(counts), max(counts), attained=True)
    )
    dtype = args.get(None, "output_type")
    name = "int64" if dtype is None else dtype.name.rpartition(".")[2] if isinstance(dtype, Symbol) else ""
    source = "tf.data.Dataset.range"
    steps: Dim = UNKNOWN if counts is None else len(counts)
    return Dataset(ArraySpec((), name, facts, source), batched=Tri.NO, steps=steps, source=source)


def _cardinality(dataset: Dataset, args: CallArguments) -> Any:
    return -1 if dataset.steps is None else dataset.steps


def _nothing_known(dataset: Dataset, args: CallArguments) -> Any:
    return Dataset(UNKNOWN, dataset.kind, source=dataset.source)


_ON_AXES: Final = (_batch, _padded_batch, _unbatch, _rebatch, _window)
"""Methods that give what a step yields another axis, or take one; datasets of datasets have none."""


def _entries() -> Iterator[LibraryFunction]:
    for name in ("cache", "prefetch", "shuffle", "with_options"):
        yield entry(f"{PREFIX}{name}", on_dataset(_same))
    methods: tuple[tuple[str, Callable[[Dataset, CallArguments], Any]], ...] = (
        ("batch", _batch), ("padded_batch", _padded_batch), ("unbatch", _unbatch), ("rebatch", _rebatch),
        ("take", _take), ("skip", _skip), ("shard", _shard), ("repeat", _repeat), ("concatenate", _concatenate),
        ("enumerate", _enumerate), ("window", _window), ("cardinality", _cardinality),
        ("ragged_batch", _nothing_known), ("snapshot", _same), ("ignore_errors", _shard), ("take_while", _shard),
    )  # fmt: skip
    for name, function in methods:
        yield entry(f"{PREFIX}{name}", on_dataset(function))
    yield entry("tf.data.Dataset.zip", _zip)
    yield entry("tf.data.Dataset.range", _range)


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
