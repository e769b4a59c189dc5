"""Generated arrays, each with a true description of which parts may be left out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Tri
from kerascope.domain.specs import ArraySpec, ValueFacts
from libraries.agreement import disagreement, is_known

DTYPES = ("bool", "int8", "uint8", "int16", "uint16", "int32", "int64", "float16", "float32", "float64")
SHAPES = st.lists(st.integers(0, 4), max_size=3).map(tuple) | st.lists(st.integers(1, 3), max_size=4).map(
    tuple
)


@dataclass
class Tally:
    """How many calls succeeded in the real library, and of how many the catalogue knew the result."""

    judged: int = 0
    known: int = 0
    unknown: list[str] = field(default_factory=list)

    def add(self, stated: Any, call: str) -> None:
        self.judged += 1
        if is_known(stated):
            self.known += 1
        else:
            self.unknown.append(call)


@dataclass(frozen=True)
class Sample:
    """A real array and what is said of it; ``whole`` where nothing is left out of the shape and the type."""

    real: np.ndarray[Any, Any]
    stated: ArraySpec
    whole: bool


@st.composite
def arrays(
    draw: st.DrawFn, shapes: st.SearchStrategy[tuple[int, ...]] = SHAPES, dtypes: Any = DTYPES
) -> Sample:
    """An array with bounds that are tight, loose or left out, and perhaps sizes left out."""
    shape = draw(shapes)
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    size = int(np.prod(shape))
    if dtype.kind == "b":
        elements: st.SearchStrategy[Any] = st.booleans()
    elif dtype.kind in "iu":
        limits = np.iinfo(dtype)
        small = st.integers(max(limits.min, -5), 9)
        elements = small | st.sampled_from([limits.min, limits.max])
    else:
        whole = st.sampled_from([0.0, 1.0, -1.0, 255.0, 3.0])
        fractions = st.floats(-300, 300, width=dtype.itemsize * 8)
        odd = st.sampled_from([np.nan, np.inf, -np.inf, 0.1])
        elements = draw(st.sampled_from([whole, whole | fractions, fractions, fractions | odd]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real = np.array(draw(st.lists(elements, min_size=size, max_size=size)), dtype).reshape(shape)
    facts = describe(real, draw(st.sampled_from(["tight", "loose", "low", "high", "none"])))
    hidden = draw(st.integers(0, 9))
    dims: tuple[Dim, ...] = real.shape
    if hidden == 0 and dims:
        place = draw(st.integers(0, len(dims) - 1))
        dims = (*dims[:place], UNKNOWN, *dims[place + 1 :])
    stated = ArraySpec(UNRANKED if hidden == 1 else dims, "" if hidden == 2 else dtype.name, facts)
    return Sample(real, stated, hidden > 2 or (hidden == 0 and not dims))


def describe(real: np.ndarray[Any, Any], how: str) -> ValueFacts:
    """True facts of an array."""
    elements = real.ravel().tolist()
    finite = all(np.isfinite(element) for element in elements)
    if not elements or not finite or how == "none":
        return ValueFacts()
    whole = all(float(element).is_integer() for element in elements)
    slack = 0 if how == "tight" else 1
    return ValueFacts(
        None if how == "high" else min(elements) - slack,
        None if how == "low" else max(elements) + slack,
        (Tri.YES if whole else Tri.NO) if how != "loose" else Tri.UNKNOWN,
        attained=Tri.YES if how == "tight" else Tri.UNKNOWN,
        gapless=Tri.YES if whole and len(set(elements)) == max(elements) - min(elements) + 1 else Tri.UNKNOWN,
    )


def agree(
    effort: int,
    strategy: st.SearchStrategy[tuple[bool, str, Callable[[], Any], Callable[[], Any]]],
    least_known: float,
    examples: int = 350,
) -> Tally:
    """Runs generated calls ``(whole, text, real, stated)``: the catalogue never raises and is never wrong.

    Of the calls whose arguments are known as a whole, it knows the result of at least ``least_known``.
    """
    tally = Tally()
    judged = 0

    @settings(
        max_examples=effort * examples,
        deadline=None,
        derandomize=effort == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def check(case: tuple[bool, str, Callable[[], Any], Callable[[], Any]]) -> None:
        nonlocal judged
        whole, text, real, stated = case
        said = stated()
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                happened = real()
        except (ValueError, TypeError, IndexError, ArithmeticError):
            return
        judged += 1
        wrong = disagreement(said, happened)
        assert wrong is None, f"{text}: {wrong}"
        if whole:
            tally.add(said, text)

    check()
    assert judged >= 200, judged
    assert tally.known >= least_known * tally.judged, (tally.known, tally.judged, tally.unknown[:5])
    return tally
