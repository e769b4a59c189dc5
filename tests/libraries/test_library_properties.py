"""Generated arguments: what the catalogue says of a call is never wrong, and seldom nothing."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import strategies as st

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec
from kerascope.libraries import arithmetic
from libraries.agreement import call, dtype_text
from libraries.generated import DTYPES, SHAPES, Sample, agree, arrays

SIGNS = ("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "&", "|", "^", "@")


@pytest.fixture(params=[1, pytest.param(30, marks=pytest.mark.wide)], ids=["some", "many"])
def effort(request: pytest.FixtureRequest) -> int:
    """How many times the usual number of calls to generate; the many are others in every run."""
    return int(request.param)


@st.composite
def creations(draw: st.DrawFn) -> Any:
    name = draw(st.sampled_from(["zeros", "ones", "full", "empty", "eye", "arange", "linspace"]))
    dtype = draw(st.none() | st.sampled_from(DTYPES))
    keywords = {} if dtype is None else {"dtype": dtype}
    args: tuple[Any, ...]
    if name in ("eye", "linspace", "arange"):
        number = st.integers(0, 5)
        args = {
            "eye": (draw(number), draw(number), draw(st.integers(-1, 1))),
            "linspace": (draw(st.integers(-3, 3)), draw(st.floats(-3, 3)), draw(number)),
            "arange": draw(
                st.tuples(st.integers(-9, 9))
                | st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(-3, 3))
                | st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.sampled_from([0.1, 0.25, 1, -0.3]))
            ),
        }[name]
    else:
        args = (draw(SHAPES | st.integers(0, 4)),)
        if name == "full":
            args += (draw(st.integers(-300, 300) | st.floats(-9, 9) | st.booleans()),)
    return case(f"numpy.{name}", args, keywords)


def case(name: str, args: tuple[Any, ...], keywords: dict[str, Any], method: str = "") -> Any:
    """A call in both worlds: samples go to the real one as arrays, and to the catalogue as what is said."""
    real_args = _sided(args, "real")
    stated_args = _sided(args, "stated")
    samples = [item for arg in args for item in (arg if isinstance(arg, tuple | list) else (arg,))]
    whole = all(item.whole for item in samples if isinstance(item, Sample))
    text = f"{name}{args}{keywords}"

    def real() -> Any:
        if method:
            return getattr(real_args[0], method)(*real_args[1:], **keywords)
        function: Any = np
        for part in name.split(".")[1:]:
            function = getattr(function, part)
        return function(*real_args, **keywords)

    return whole, text, real, lambda: call(name, *stated_args, **keywords)


def _sided(value: Any, side: str) -> Any:
    if isinstance(value, Sample):
        return getattr(value, side)
    return type(value)(_sided(item, side) for item in value) if isinstance(value, tuple | list) else value


def test_creation(effort: int) -> None:
    agree(effort, creations(), 1.0, 350)


@st.composite
def reshapes(draw: st.DrawFn) -> Any:
    sample = draw(arrays(st.sampled_from([(6,), (2, 3), (4, 3, 2), (2, 2, 2, 3), (1,), (0, 3), ()])))
    size = sample.real.size
    if draw(st.booleans()) and size:
        # Factors of the size, so that most calls succeed; one of them may be left open.
        sides: list[int] = []
        while size > 1:
            side = draw(st.sampled_from([n for n in range(1, size + 1) if size % n == 0]))
            sides.append(side)
            size //= side
        if sides and draw(st.booleans()):
            sides[draw(st.integers(0, len(sides) - 1))] = -1
    else:
        sides = draw(st.lists(st.sampled_from([-1, 0, 1, 2, 3, 6]), max_size=3))
    if draw(st.booleans()):
        return case("numpy.reshape", (sample, tuple(sides)), {})
    return case(
        "ndarray.reshape", (sample, *sides) if len(sides) != 1 else (sample, tuple(sides)), {}, "reshape"
    )


def test_reshape(effort: int) -> None:
    agree(effort, reshapes(), 1.0, 650)


@st.composite
def random_numbers(draw: st.DrawFn) -> Any:
    size = draw(SHAPES | st.integers(0, 5))
    name = draw(st.sampled_from(["randint", "uniform", "random", "rand", "normal", "choice", "permutation"]))
    low, high = draw(st.integers(-20, 5)), draw(st.integers(6, 300))
    dtype = draw(st.sampled_from(["int64", "int32", "int16"]))
    parameters: tuple[tuple[Any, ...], dict[str, Any]] = {
        "randint": draw(
            st.sampled_from(
                [((high,), {}), ((low, high), {}), ((low, high), {"dtype": dtype}), (((low, 1), 7), {})]
            )
        ),
        "uniform": draw(st.sampled_from([((), {}), ((low,), {}), ((low / 7, high / 3), {})])),
        "random": ((), {}),
        "rand": (size if isinstance(size, tuple) else (size,), {}),
        "normal": draw(st.sampled_from([((), {}), ((low, high), {}), (((0.0, 1.0),), {})])),
        "choice": draw(st.sampled_from([((high,), {}), (((1, 5, 2),), {}), (((0.5, 1.0),), {})])),
        "permutation": draw(st.sampled_from([((high,), {}), (((1, 5, 2),), {})])),
    }[name]
    args, keywords = parameters
    if name not in ("rand", "permutation"):
        keywords = {**keywords, "size": size}
    whole, text, real, stated = case(f"numpy.random.{name}", args, keywords)
    return (whole and not (name == "rand" and size == ())), text, real, stated


def test_random_numbers(effort: int) -> None:
    agree(effort, random_numbers(), 1.0, 400)


@st.composite
def axes_changed(draw: st.DrawFn) -> Any:
    sample = draw(arrays())
    axis = draw(st.integers(-4, 4))
    name = draw(st.sampled_from(["expand_dims", "squeeze", "transpose", "swapaxes", "moveaxis", "ravel"]))
    if name == "expand_dims":
        return case(
            "numpy.expand_dims",
            (sample, draw(st.just(axis) | st.tuples(st.integers(-2, 2), st.just(axis)))),
            {},
        )
    if name == "squeeze":
        return case("numpy.squeeze", (sample,) if draw(st.booleans()) else (sample, axis), {})
    if name == "transpose":
        order = draw(st.permutations(range(sample.real.ndim)))
        return case("ndarray.transpose", (sample, *order) if order else (sample,), {}, "transpose")
    if name == "ravel":
        return case("numpy.ravel", (sample,), {})
    return case(f"numpy.{name}", (sample, axis, draw(st.integers(-3, 3))), {})


def test_axes(effort: int) -> None:
    agree(effort, axes_changed(), 1.0, 400)


@st.composite
def joins(draw: st.DrawFn) -> Any:
    name = draw(st.sampled_from(["concatenate", "stack", "vstack", "hstack", "dstack", "column_stack"]))
    shape = list(draw(SHAPES))
    samples = []
    axis = draw(st.integers(-3, 3))
    for _ in range(draw(st.integers(1, 3))):
        own = list(shape)
        if name != "stack" and draw(st.booleans()) and own:
            place = {"vstack": 0, "hstack": min(1, len(own) - 1), "dstack": min(2, len(own) - 1)}.get(
                name, axis
            )
            if -len(own) <= place < len(own):
                own[place] = draw(st.integers(0, 3))
        samples.append(draw(arrays(st.just(tuple(own)))))
    sequence = draw(st.sampled_from([tuple(samples), list(samples)]))
    keywords: dict[str, Any] = {"axis": axis} if name in ("stack", "concatenate") else {}
    if name == "concatenate" and draw(st.integers(0, 5)) == 0:
        keywords = {"axis": None}
    return case(f"numpy.{name}", (sequence,), keywords)


def test_joins(effort: int) -> None:
    agree(effort, joins(), 1.0, 450)


@st.composite
def repetitions(draw: st.DrawFn) -> Any:
    sample = draw(arrays())
    name = draw(st.sampled_from(["repeat", "tile", "flip", "split", "astype"]))
    times = draw(st.integers(0, 3))
    if name == "repeat":
        return case("numpy.repeat", (sample, times), draw(st.sampled_from([{}, {"axis": 0}, {"axis": -1}])))
    if name == "tile":
        return case(
            "numpy.tile", (sample, draw(st.just(times) | st.tuples(st.just(times), st.integers(1, 2)))), {}
        )
    if name == "flip":
        return case("numpy.flip", (sample,), {})
    if name == "split":
        return case("numpy.split", (sample, max(1, times)), {"axis": draw(st.sampled_from([0, -1]))})
    return case("ndarray.astype", (sample, draw(st.sampled_from(DTYPES))), {}, "astype")


def test_repetition_and_types(effort: int) -> None:
    agree(effort, repetitions(), 1.0, 400)


@st.composite
def operations(draw: st.DrawFn) -> Any:
    sign = draw(st.sampled_from(SIGNS))
    left = draw(arrays())
    right: Any
    kind = draw(st.sampled_from(["number", "array", "array", "like"]))
    if kind == "number":
        right = draw(
            st.integers(-3, 300) | st.sampled_from([255.0, 0.5, 2.0, 0.1, -1.0, 0.0]) | st.booleans()
        )
    elif kind == "array":
        shape = left.real.shape
        drawn = st.sampled_from([shape, shape[1:], (1, *shape[1:]), (3, 1, *shape), shape[::-1], ()])
        right = draw(arrays(drawn))
    else:
        right = draw(st.sampled_from([(1, 2, 3), (0.5,), ((1,), (2,))]))
    sides = (left, right) if draw(st.booleans()) else (right, left)
    reals, stated = _sided(sides, "real"), _sided(sides, "stated")
    whole = left.whole and (not isinstance(right, Sample) or right.whole)
    code = compile(f"left {sign} right", "case", "eval")
    return (
        whole,
        f"{sides[0]} {sign} {sides[1]}",
        lambda: eval(code, {"left": reals[0], "right": reals[1]}),
        lambda: arithmetic.binary(sign, *stated),
    )


def test_operators(effort: int) -> None:
    agree(effort, operations(), 0.98, 800)


@st.composite
def keys(draw: st.DrawFn, sample: Sample) -> tuple[Any, Any]:
    """A key for the real array, and what is said of it."""
    parts: list[tuple[Any, Any]] = []
    axis = 0
    for _ in range(draw(st.integers(1, max(1, sample.real.ndim) + 1))):
        length = sample.real.shape[axis] if axis < sample.real.ndim else 1
        kind = draw(
            st.sampled_from(["int", "slice", "slice", "new", "dots", "list", "mask", "array", "open"])
        )
        number = draw(st.integers(-length, max(0, length - 1)))
        bound = st.none() | st.integers(-5, 5)
        if kind == "slice":
            key: Any = slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, -1])))
            parts.append((key, key))
        elif kind == "new":
            parts.append((None, None))
            continue
        elif kind == "dots":
            if any(part[0] is ... for part in parts):
                continue
            parts.append((..., ...))
            continue
        elif kind == "list":
            chosen = draw(st.lists(st.integers(-length, max(0, length - 1)), min_size=1, max_size=3))
            parts.append((chosen, chosen))
        elif kind == "mask":
            rank = draw(st.integers(1, 2))
            shape = sample.real.shape[axis : axis + rank] or (1,)
            mask = np.zeros(shape, bool)
            mask.ravel()[:: draw(st.integers(1, 2))] = True
            parts.append((mask, ArraySpec(shape, "bool")))
            axis += len(shape) - 1
        elif kind == "array":
            shape = draw(st.sampled_from([(2,), (1, 3), (0,)]))
            parts.append((np.full(shape, number), ArraySpec(shape, "int64")))
        elif kind == "open":
            parts.append((number, ArraySpec((), "int64")))
        else:
            parts.append((number, number))
        axis += 1
    if len(parts) == 1 and draw(st.booleans()):
        return parts[0]
    return tuple(part[0] for part in parts), tuple(part[1] for part in parts)


@st.composite
def indexings(draw: st.DrawFn) -> Any:
    sample = draw(arrays(st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple) | SHAPES))
    real, stated = draw(keys(sample))
    masked = any(
        isinstance(part, np.ndarray) and part.dtype == bool
        for part in (real if isinstance(real, tuple) else (real,))
    )
    return (
        sample.whole and not masked,
        f"{sample}[{real}]",
        lambda: sample.real[real],
        lambda: arithmetic.index(sample.stated, stated),
    )


def test_index(effort: int) -> None:
    agree(effort, indexings(), 1.0, 550)


@st.composite
def categories(draw: st.DrawFn) -> Any:
    shape = draw(st.sampled_from([(3,), (4, 1), (2, 3), (2, 3, 1), (), (1, 1), (0,)]))
    dtype = draw(st.sampled_from(["int64", "uint8", "float32", "int32"]))
    sample = draw(arrays(st.just(shape), [dtype]))
    real = np.abs(np.nan_to_num(sample.real, posinf=1, neginf=1)) % 4
    stated = ArraySpec(sample.stated.shape, sample.stated.dtype)
    classes = draw(st.integers(4, 6) | st.none())
    keywords = {} if classes is None else {"num_classes": classes}
    labels = draw(st.booleans())
    given: Any = real.astype("int64").tolist() if labels else stated
    keywords_stated = {**keywords, "dtype": "float32"} if draw(st.booleans()) else keywords

    def happened() -> Any:
        result = keras.utils.to_categorical(real, **keywords)
        return result.astype("float32") if "dtype" in keywords_stated else result

    known = (sample.whole or labels) and (classes is not None or labels) and "dtype" in keywords_stated
    return (
        known,
        f"{real} {classes}",
        happened,
        lambda: call("keras.utils.to_categorical", given, **keywords_stated),
    )


def test_to_categorical(effort: int) -> None:
    agree(effort, categories(), 1.0, 400)


@st.composite
def reductions(draw: st.DrawFn) -> Any:
    sample = draw(arrays())
    name = draw(
        st.sampled_from(
            [
                "sum",
                "mean",
                "max",
                "min",
                "std",
                "prod",
                "argmax",
                "argmin",
                "any",
                "all",
                "cumsum",
                "argsort",
            ]
        )
    )
    axis = draw(st.integers(-3, 3))
    choices: list[dict[str, Any]] = [{}, {"axis": axis}, {"axis": -1}, {"axis": axis, "keepdims": True}]
    if name not in ("argmax", "argmin", "cumsum", "argsort"):
        choices += [{"axis": (0, -1)}, {"keepdims": True}]
    keywords = draw(st.sampled_from(choices[:3] if name in ("cumsum", "argsort") else choices))
    if draw(st.booleans()):
        return case(f"ndarray.{name}", (sample,), keywords, name)
    return case(f"numpy.{name}", (sample,), keywords)


def test_reductions(effort: int) -> None:
    agree(effort, reductions(), 0.97, 500)


@st.composite
def elementwise(draw: st.DrawFn) -> Any:
    sample = draw(arrays())
    plain = ["sqrt", "log", "exp", "sin", "tanh", "abs", "square", "round", "floor", "ceil", "isnan", "log1p"]
    name = draw(st.sampled_from([*plain, "clip", "where", "maximum", "minimum", "negative"]))
    number = st.integers(0, 9) | st.sampled_from([0.0, 1.0, 0.5, 0.1])
    if name == "clip":
        return case("numpy.clip", (sample, draw(number | st.none()), draw(number)), {})
    if name == "where":
        return case("numpy.where", (sample, draw(number | arrays()), draw(number | arrays())), {})
    if name in ("maximum", "minimum"):
        return case(f"numpy.{name}", (sample, draw(number | arrays(st.just(sample.real.shape)))), {})
    whole, text, real, stated = case(f"numpy.{name}", (sample,), {})
    # The type of whole numbers rounded differs between releases of NumPy 2.
    stepped = name in ("floor", "ceil", "round") and sample.real.dtype.kind in "biu"
    return whole and not stepped, text, real, stated


def test_elementwise(effort: int) -> None:
    agree(effort, elementwise(), 1.0, 600)


def test_unknown_arguments_say_what_is_certain() -> None:
    images = ArraySpec((UNKNOWN, 28, 28), "uint8")
    assert call("ndarray.reshape", images, -1, 784).shape == (UNKNOWN, 784)
    assert call("ndarray.reshape", images, (UNKNOWN, 28, 28, 1)).shape == (UNKNOWN, 28, 28, 1)
    assert call("ndarray.reshape", ArraySpec((10, 28, 28)), UNKNOWN, 784).shape == (10, 784)
    assert call("numpy.zeros", UNKNOWN).dtype == "float64"
    assert call("numpy.zeros", (UNKNOWN, 3), UNKNOWN) == ArraySpec(
        (UNKNOWN, 3), "", call("numpy.zeros", UNKNOWN).facts
    )
    assert arithmetic.binary("*", images, UNKNOWN) is UNKNOWN
    scaled = arithmetic.binary("/", images, 255.0)
    assert (scaled.dtype, scaled.facts.lo, scaled.facts.hi) == ("float64", 0, 1)
    assert dtype_text(np.dtype("<U3")) == "str"
