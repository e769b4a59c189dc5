"""The data sets of scikit-learn, loaded or drawn: sklearn/datasets/_base.py and _samples_generator.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kerascope.domain.shapes import UNKNOWN, Dim, Tri
from kerascope.domain.specs import ArraySpec
from kerascope.libraries.base import CallArguments, LibraryFunction, dim_argument, entry, make_facts

Returns = Callable[[CallArguments], Any]
_MODULE = "sklearn.datasets"


def _bunch(name: str, rows: int, columns: int, classes: int | None, lo: float | None = None) -> Returns:
    source = f"{_MODULE}.{name}"

    def returns(args: CallArguments) -> Any:
        pair, frame = args.get(None, "return_X_y", False), args.get(None, "as_frame", False)
        if not isinstance(pair, bool) or frame is not False:
            return UNKNOWN
        facts = make_facts("float64", lo, None)
        data = ArraySpec((rows, columns), "float64", facts, source)
        if classes is None:
            target = ArraySpec((rows,), "float64", source=source)
        else:
            labels = make_facts("int64", 0, classes - 1, attained=True, gapless=True)
            target = ArraySpec((rows,), "int64", labels, source)
        if pair:
            return data, target
        names = ArraySpec((classes,), "str", source=source) if classes is not None else UNKNOWN
        return {
            "data": data,
            "target": target,
            "target_names": names,
            "feature_names": UNKNOWN,
            "DESCR": UNKNOWN,
        }

    return returns


def _digits(args: CallArguments) -> Any:
    pair, frame = args.get(None, "return_X_y", False), args.get(None, "as_frame", False)
    classes = args.get(None, "n_class", 10)
    if not isinstance(pair, bool) or frame is not False or classes != 10:
        return UNKNOWN
    source = f"{_MODULE}.load_digits"
    facts = make_facts("float64", 0, 16, Tri.YES)
    data = ArraySpec((1797, 64), "float64", facts, source)
    target = ArraySpec((1797,), "int64", make_facts("int64", 0, 9, attained=True, gapless=True), source)
    if pair:
        return data, target
    names = ArraySpec((10,), "int64", source=source)
    return {"data": data, "target": target, "images": data.with_shape((1797, 8, 8)), "target_names": names,
            "feature_names": UNKNOWN, "DESCR": UNKNOWN}  # fmt: skip


def _number(args: CallArguments, position: int | None, name: str, default: int) -> Dim:
    count = dim_argument(args.get(position, name, default))
    return count if isinstance(count, int) and count >= 0 else UNKNOWN


def _classes(rows: Dim, count: Dim, source: str) -> ArraySpec:
    most = count - 1 if isinstance(count, int) and count > 0 else None
    return ArraySpec((rows,), "int64", make_facts("int64", 0, most), source)


def _classification(args: CallArguments) -> Any:
    rows, columns = _number(args, 0, "n_samples", 100), _number(args, None, "n_features", 20)
    source = f"{_MODULE}.make_classification"
    return ArraySpec((rows, columns), "float64", source=source), _classes(
        rows, _number(args, None, "n_classes", 2), source
    )


def _plane(name: str) -> Returns:
    source = f"{_MODULE}.{name}"

    def returns(args: CallArguments) -> Any:
        rows = _number(args, 0, "n_samples", 100)
        return ArraySpec((rows, 2), "float64", source=source), _classes(rows, 2, source)

    return returns


def _blobs(args: CallArguments) -> Any:
    if args.get(None, "return_centers", False) is not False:
        return UNKNOWN
    rows, columns = _number(args, 0, "n_samples", 100), _number(args, 1, "n_features", 2)
    centers = args.get(None, "centers")
    if isinstance(args.get(0, "n_samples", 100), tuple) or not (centers is None or isinstance(centers, int)):
        return ArraySpec((UNKNOWN, UNKNOWN), "float64"), _classes(UNKNOWN, UNKNOWN, "")
    source = f"{_MODULE}.make_blobs"
    count: Dim = 3 if centers is None else centers
    return ArraySpec((rows, columns), "float64", source=source), _classes(rows, count, source)


def _regression(args: CallArguments) -> Any:
    if args.get(None, "coef", False) is not False:
        return UNKNOWN
    rows, columns = _number(args, 0, "n_samples", 100), _number(args, 1, "n_features", 100)
    targets = _number(args, None, "n_targets", 1)
    source = f"{_MODULE}.make_regression"
    shape: tuple[Dim, ...] = (rows,) if targets == 1 else (rows, targets)
    known = isinstance(targets, int)
    return ArraySpec((rows, columns), "float64", source=source), ArraySpec(
        shape, "float64", source=source
    ) if known else UNKNOWN


def _entries() -> Iterator[LibraryFunction]:
    for name, rows, columns, classes, lo in (
        ("load_iris", 150, 4, 3, 0.0), ("load_wine", 178, 13, 3, 0.0), ("load_breast_cancer", 569, 30, 2, 0.0),
        ("load_diabetes", 442, 10, None, None), ("fetch_california_housing", 20_640, 8, None, None),
    ):  # fmt: skip
        here = not name.startswith("fetch")
        cases = (f"{_MODULE}.{name}(return_X_y=True)",) if here else ()
        yield entry(f"{_MODULE}.{name}", _bunch(name, rows, columns, classes, lo), *cases)
    yield entry(f"{_MODULE}.load_digits", _digits, f"{_MODULE}.load_digits(return_X_y=True)")
    yield entry(
        f"{_MODULE}.make_classification",
        _classification,
        f"{_MODULE}.make_classification(60, n_features=8, n_classes=3, n_informative=5)",
        f"{_MODULE}.make_classification()",
    )
    for name in ("make_moons", "make_circles"):
        yield entry(
            f"{_MODULE}.{name}",
            _plane(name),
            f"{_MODULE}.{name}(n_samples=50, noise=0.1)",
            f"{_MODULE}.{name}()",
        )
    yield entry(
        f"{_MODULE}.make_blobs",
        _blobs,
        f"{_MODULE}.make_blobs(30, centers=4, n_features=3)",
        f"{_MODULE}.make_blobs()",
    )
    yield entry(
        f"{_MODULE}.make_regression",
        _regression,
        f"{_MODULE}.make_regression(40, 5)",
        f"{_MODULE}.make_regression(n_samples=40, n_features=5, n_targets=2)",
    )


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
