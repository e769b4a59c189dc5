"""``tfds.load``: what the examples of well-known sets look like.

Source: the ``features`` and ``splits`` that each set's page at tensorflow.org/datasets/catalog shows. Sides that
differ from image to image are ``None``, as TensorFlow has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import ArraySpec, Dataset, Instance, map_arrays
from kerascope.libraries.base import CallArguments, LibraryFunction, entry, make_facts
from kerascope.libraries.tf_data import batched


@dataclass(frozen=True, slots=True)
class _Set:
    """The inputs of one example (``dtype`` ``string`` for texts), how many classes, how many examples per split."""

    key: str
    shape: Shape
    dtype: str
    classes: int
    splits: Mapping[str, int]


_IMAGE: Final = (None, None, 3)
_SETS: Final[Mapping[str, _Set]] = {
    "mnist": _Set("image", (28, 28, 1), "uint8", 10, {"train": 60_000, "test": 10_000}),
    "fashion_mnist": _Set("image", (28, 28, 1), "uint8", 10, {"train": 60_000, "test": 10_000}),
    "kmnist": _Set("image", (28, 28, 1), "uint8", 10, {"train": 60_000, "test": 10_000}),
    "cifar10": _Set("image", (32, 32, 3), "uint8", 10, {"train": 50_000, "test": 10_000}),
    "cifar100": _Set("image", (32, 32, 3), "uint8", 100, {"train": 50_000, "test": 10_000}),
    "cats_vs_dogs": _Set("image", _IMAGE, "uint8", 2, {"train": 23_262}),
    "horses_or_humans": _Set("image", (300, 300, 3), "uint8", 2, {"train": 1_027, "test": 256}),
    "rock_paper_scissors": _Set("image", (300, 300, 3), "uint8", 3, {"train": 2_520, "test": 372}),
    "tf_flowers": _Set("image", _IMAGE, "uint8", 5, {"train": 3_670}),
    "oxford_flowers102": _Set(
        "image", _IMAGE, "uint8", 102, {"train": 1_020, "test": 6_149, "validation": 1_020}
    ),
    "food101": _Set("image", _IMAGE, "uint8", 101, {"train": 75_750, "validation": 25_250}),
    "stanford_dogs": _Set("image", _IMAGE, "uint8", 120, {"train": 12_000, "test": 8_580}),
    "beans": _Set("image", (500, 500, 3), "uint8", 3, {"train": 1_034, "test": 128, "validation": 133}),
    "malaria": _Set("image", _IMAGE, "uint8", 2, {"train": 27_558}),
    "eurosat": _Set("image", (64, 64, 3), "uint8", 10, {"train": 27_000}),
    "imdb_reviews": _Set("text", (), "string", 2, {"train": 25_000, "test": 25_000, "unsupervised": 50_000}),
    "ag_news_subset": _Set("description", (), "string", 4, {"train": 120_000, "test": 7_600}),
    "yelp_polarity_reviews": _Set("text", (), "string", 2, {"train": 560_000, "test": 38_000}),
}
_SLICE: Final = re.compile(r"([a-z_]+)(?:\[(-?\d+%?)?:(-?\d+%?)?\])?$")


def _load(args: CallArguments) -> Any:
    name = args.get(0, "name", UNKNOWN)
    if not isinstance(name, str) or not args.complete:
        return UNKNOWN
    known = _SETS.get(name.partition(":")[0].partition("/")[0])
    supervised = args.get(None, "as_supervised", False)
    split = args.get(1, "split")
    info = args.get(None, "with_info", False)
    if known is None or not isinstance(supervised, bool) or not isinstance(info, bool):
        return _unknown(split, info, f"tfds {name}")
    source = f"tfds.load('{name}')"

    def part(which: Any) -> Any:
        element = _example(known, supervised, source, whole=which in known.splits)
        if isinstance(which, str) and which.startswith("unsupervised"):
            return Dataset(UNKNOWN, batched=Tri.NO, source=source)
        made = Dataset(element, batched=Tri.NO, steps=_steps(known, which), source=source)
        size = args.get(None, "batch_size")
        if size == -1:
            return _as_tensors(element, made.steps)
        return made if size is None else batched(made, size, False)

    if isinstance(split, tuple):
        data: Any = tuple(part(which) for which in split)
    elif split is None:
        data = {which: part(which) for which in known.splits}
    else:
        data = part(split) if isinstance(split, str) else UNKNOWN
    return (data, _info(known)) if info else data


def _as_tensors(element: Any, steps: Dim) -> Any:
    """The whole set at once, and no dataset: ``batch_size=-1``."""
    count = steps if isinstance(steps, int) else UNKNOWN

    def whole(array: ArraySpec) -> ArraySpec:
        shape: Shape = (
            UNRANKED
            if array.shape is UNRANKED
            else (count, *(UNKNOWN if d is None else d for d in array.shape))
        )
        return array.with_shape(shape)

    return map_arrays(whole, element)


def _as_numpy(args: CallArguments) -> Any:
    """Arrays for tensors, texts as objects; a dataset is gone through like another that yields arrays."""

    def array(tensor: ArraySpec) -> ArraySpec:
        if tensor.dtype != "string":
            return tensor
        return replace(tensor, dtype="object" if tensor.shape not in ((), UNRANKED) else "")

    return map_arrays(array, args.get(0, "dataset", UNKNOWN))


def _info(known: _Set) -> dict[str, Any]:
    """What ``with_info`` gives: how many classes there are, and how many examples in each split.

    Objects stand as dictionaries, of which programs read the keys as attributes.
    """
    label = {"num_classes": known.classes, "names": [UNKNOWN] * known.classes}
    splits = {name: {"num_examples": count} for name, count in known.splits.items()}
    return {"features": {"label": label}, "splits": splits}


def _unknown(split: Any, info: Any, source: str) -> Any:
    """A set that is not described here: that its parts are datasets is all that is known."""
    if not isinstance(info, bool):
        return UNKNOWN
    made = Dataset(UNKNOWN, source=source)
    data = (
        tuple(made for _ in split)
        if isinstance(split, tuple)
        else made
        if isinstance(split, str)
        else UNKNOWN
    )
    return (data, Instance("tensorflow_datasets.core.DatasetInfo")) if info else data


def _example(known: _Set, supervised: bool, source: str, *, whole: bool) -> Any:
    image = make_facts("uint8", 0, 255) if known.dtype == "uint8" else make_facts("")
    inputs = ArraySpec(known.shape, known.dtype, image, source)
    labels = ArraySpec((), "int64", make_facts("int64", 0, known.classes - 1, attained=whole), source)
    if supervised:
        return inputs, labels
    # Other features come along in some sets, so that the keys of the dictionary are not all known.
    return (
        {known.key: inputs, "label": labels} if known.shape != _IMAGE and known.dtype == "uint8" else UNKNOWN
    )


def _steps(known: _Set, which: Any) -> Dim:
    """The number of examples of ``train``, ``train[:80%]``, ``train[100:]``; whole parts only where percents round."""
    found = _SLICE.match(which) if isinstance(which, str) else None
    total = known.splits.get(found[1]) if found is not None else None
    if found is None or total is None:
        return UNKNOWN
    start, stop = (_place(text, total, at) for text, at in ((found[2], 0), (found[3], total)))
    return UNKNOWN if start is None or stop is None else max(0, stop - start)


def _place(text: str | None, total: int, default: int) -> int | None:
    if text is None:
        return default
    number = int(text.rstrip("%"))
    if text.endswith("%"):
        if number * total % 100:
            return None
        number = number * total // 100
    return max(0, number + total) if number < 0 else min(number, total)


FUNCTIONS: tuple[LibraryFunction, ...] = (
    entry("tensorflow_datasets.load", _load),
    entry("tensorflow_datasets.as_numpy", _as_numpy),
)
