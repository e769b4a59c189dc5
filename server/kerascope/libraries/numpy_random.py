"""Random numbers: the functions of ``numpy.random``, and the methods of ``Generator`` and ``RandomState``.

Sources: numpy.org/doc/stable/reference/random/legacy and …/random/generator. Without a size, the functions
and the methods of ``RandomState`` return a Python number, of which nothing is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import ArraySpec, Instance
from kerascope.libraries.base import (
    INTEGER_LIMITS,
    WEAK_INT,
    CallArguments,
    LibraryFunction,
    as_array_like,
    broadcast,
    dim_argument,
    dtype_name,
    entry,
    exact_number,
    holds_elements,
    make_facts,
    shape_argument,
    some_of,
)

Returns = Callable[[CallArguments], Any]
_PLENTY: Final = 64
"""So many elements per value make it certain for all purposes that a value is drawn: it is missed once in e⁶⁴."""


def _sized(size: Any, parameters: tuple[Any, ...] = ()) -> Shape | None:
    """The shape of a sample: ``size``, else what the parameters broadcast to; ``None`` for a Python number.

    A parameter of which nothing is known may be an array, so that the shape is unknown without a size.
    """
    if size is not None:
        return shape_argument(size)
    shape = broadcast(as_array_like(parameter).shape for parameter in parameters)
    return None if shape == () else shape


def _rand(lo: float | None, hi: float | None, source: str) -> Returns:
    def returns(args: CallArguments) -> Any:
        if not args.complete:
            return UNKNOWN
        if not args.positional:
            return UNKNOWN
        shape = shape_argument(args.positional)
        return (
            UNKNOWN if shape is None else ArraySpec(shape, "float64", make_facts("float64", lo, hi), source)
        )

    return returns


def _unit(source: str) -> Returns:
    def returns(args: CallArguments) -> Any:
        return _floats(args.get(0, "size"), (), 0, 1, dtype_name(args.get(1, "dtype"), "float64"), source)

    return returns


def _floats(
    size: Any, parameters: tuple[Any, ...], lo: float | None, hi: float | None, dtype: str, source: str
) -> Any:
    if size is UNKNOWN:
        return UNKNOWN
    shape = _sized(size, parameters)
    return UNKNOWN if shape is None else ArraySpec(shape, dtype, make_facts(dtype, lo, hi), source)


def _uniform(args: CallArguments) -> Any:
    low, high = args.get(0, "low", 0.0), args.get(1, "high", 1.0)
    start, stop = exact_number(low), exact_number(high)
    lo = hi = None
    if start is not None and stop is not None:
        # NumPy adds a part of the difference to ``low``; rounding may carry that a little past ``high``.
        end = max(float(stop), start + (float(stop) - start)) if start <= stop else float(stop)
        lo, hi = (start, end) if start <= stop else (end, start)
    return _floats(args.get(2, "size"), (low, high), lo, hi, "float64", "np.random.uniform")


def _spread(first: str, second: str, source: str, lo: float | None = None) -> Returns:
    """A distribution with two parameters, which reaches from ``lo`` without an upper end."""

    def returns(args: CallArguments) -> Any:
        parameters = (args.get(0, first, 0.0), args.get(1, second, 1.0))
        return _floats(args.get(2, "size"), parameters, lo, None, "float64", source)

    return returns


def _standard_normal(args: CallArguments) -> Any:
    dtype = dtype_name(args.get(1, "dtype"), "float64")
    return _floats(args.get(0, "size"), (), None, None, dtype, "np.random.standard_normal")


def _integers(args: CallArguments, source: str, closed: Any = False) -> Any:
    low, high = args.get(0, "low", UNKNOWN), args.get(1, "high")
    low, high = (0, low) if high is None else (low, high)
    size = args.get(2, "size")
    dtype = dtype_name(args.get(3, "dtype"), "int64")
    if size is UNKNOWN:
        return UNKNOWN
    shape = _sized(size, (low, high))
    if shape is None or (dtype and dtype not in INTEGER_LIMITS):
        return UNKNOWN
    start, stop = dim_argument(low), dim_argument(high)
    first = start if isinstance(start, int) else None
    last = stop - (0 if closed is True or closed is UNKNOWN else 1) if isinstance(stop, int) else None
    if high is UNKNOWN and first is not None:
        # ``high`` may be None as well, and then ``low`` is the end.
        first = min(first, 0)
    attained = False
    if first is not None and last is not None:
        if first > last:
            return UNKNOWN
        sure = UNKNOWN not in (high, closed) and args.complete
        attained = sure and holds_elements(shape, _PLENTY * (last - first + 1))
    return ArraySpec(shape, dtype, make_facts(dtype, first, last, Tri.YES, attained=attained), source)


def _is_number(value: Any) -> bool:
    """Whether a bound is one number, and no array of them."""
    return exact_number(value) is not None or (isinstance(value, ArraySpec) and value.dtype == WEAK_INT)


def _randint(args: CallArguments) -> Any:
    bounds = (args.get(0, "low", UNKNOWN), args.get(1, "high"))
    numbers = all(bound is None or _is_number(bound) for bound in bounds)
    if args.complete and numbers and args.get(2, "size") is None and args.get(3, "dtype") is None:
        drawn = _integers(CallArguments(args.positional[:2], {**(args.keywords or {}), "size": ()}), "")
        # Without a size it is a number of Python's own.
        return ArraySpec((), WEAK_INT, some_of(drawn.facts)) if isinstance(drawn, ArraySpec) else UNKNOWN
    return _integers(args, "np.random.randint")


def _generator_integers(args: CallArguments) -> Any:
    return _integers(args, "Generator.integers", args.get(4, "endpoint", False))


def _choice(args: CallArguments) -> Any:
    population = args.get(0, "a", UNKNOWN)
    size = args.get(1, "size")
    shape = UNRANKED if size is None or size is UNKNOWN else shape_argument(size)
    if population is UNKNOWN or shape is None or size is UNKNOWN:
        return UNKNOWN
    number = exact_number(population)
    if number is not None or population == ():
        if size is None or not isinstance(number, int) or number < 1:
            return UNKNOWN
        attained = _draws_all(args, number, shape)
        facts = make_facts("int64", 0, number - 1, Tri.YES, attained=attained)
        return ArraySpec(shape, "int64", facts, "np.random.choice")
    array = as_array_like(population)
    if array.shape is UNRANKED or array.shape == () or len(array.shape) > 1:
        return UNKNOWN
    facts = some_of(array.facts)
    if _draws_all(args, array.shape[0], shape):
        facts = replace(facts, attained=array.facts.attained)
    return ArraySpec(() if size is None else shape, array.dtype, facts, array.source or "np.random.choice")


def _draws_all(args: CallArguments, count: Dim, shape: Shape) -> bool:
    """Whether so many are drawn, all with equal chances, that none of ``count`` is left out."""
    even = args.complete and args.get(3, "p") is None
    return even and isinstance(count, int) and holds_elements(shape, _PLENTY * count)


def _permutation(args: CallArguments) -> Any:
    value = args.get(0, "x", UNKNOWN)
    if value is UNKNOWN:
        return UNKNOWN
    number = exact_number(value)
    if number is not None:
        size: Dim = dim_argument(value)
        if not isinstance(size, int) or size < 0:
            return UNKNOWN
        facts = make_facts("int64", 0, max(0, size - 1), Tri.YES, attained=size > 0)
        return ArraySpec((size,), "int64", facts, "np.random.permutation")
    array = as_array_like(value)
    if array.shape == ():
        return ArraySpec((UNKNOWN,), source="np.random.permutation")
    return array


def _nothing(args: CallArguments) -> Any:
    return None


def _made(symbol: str) -> Returns:
    def returns(args: CallArguments) -> Any:
        return Instance(symbol)

    return returns


def _counts(names: tuple[str, ...], source: str, most: Callable[[tuple[Any, ...]], float | None]) -> Returns:
    """A distribution over whole numbers from 0 to what ``most`` says of the parameters."""

    def returns(args: CallArguments) -> Any:
        parameters = tuple(args.get(position, name, 1.0) for position, name in enumerate(names))
        size = args.get(len(names), "size")
        if size is UNKNOWN:
            return UNKNOWN
        shape = _sized(size, parameters)
        if shape is None:
            return UNKNOWN
        return ArraySpec(shape, "int64", make_facts("int64", 0, most(parameters), Tri.YES), source)

    return returns


def _trials(parameters: tuple[Any, ...]) -> float | None:
    number = exact_number(parameters[0])
    return number if isinstance(number, int) else None


def _method(returns: Returns) -> Returns:
    """The same for a method: the object comes first."""

    def method(args: CallArguments) -> Any:
        return returns(replace(args, positional=args.positional[1:]))

    return method


_UNIFORM_CASES = (
    "{}.uniform(size=(2, 3))",
    "{}.uniform(-1, 1, (4,))",
    "{}.uniform(low=2.0, high=5, size=3)",
    "{}.uniform([0, 1], 2.0)",
)
_NORMAL_CASES = ("{}.normal(size=(2, 3))", "{}.normal(0, 1, 5)", "{}.normal(loc=[0.0, 1.0], scale=2)")
_CHOICE_CASES = (
    "{}.choice(5, 3)",
    "{}.choice([1, 4, 9], size=(2, 2))",
    "{}.choice(['a', 'b'], 4)",
    "{}.choice([0.5, 1.5])",
    "{}.choice(np.arange(10), size=4, replace=False)",
)
_PERMUTATION_CASES = ("{}.permutation(10)", "{}.permutation(np.zeros((3, 2)))", "{}.permutation([1, 2, 3])")

# Name, what it returns, and cases with a mark where the function is found.
_COMMON: tuple[tuple[str, Returns, tuple[str, ...]], ...] = (
    ("uniform", _uniform, _UNIFORM_CASES),
    ("normal", _spread("loc", "scale", "np.random.normal"), _NORMAL_CASES),
    ("laplace", _spread("loc", "scale", "np.random.laplace"), ("{}.laplace(0, 1, (2, 2))",)),
    ("logistic", _spread("loc", "scale", "np.random.logistic"), ("{}.logistic(size=3)",)),
    ("lognormal", _spread("mean", "sigma", "np.random.lognormal", 0), ("{}.lognormal(size=4)",)),
    ("gamma", _spread("shape", "scale", "np.random.gamma", 0), ("{}.gamma(2.0, 1.0, (2, 3))",)),
    (
        "poisson",
        _counts(("lam",), "np.random.poisson", lambda parameters: None),
        ("{}.poisson(3, (2, 4))", "{}.poisson(size=2)"),
    ),
    ("binomial", _counts(("n", "p"), "np.random.binomial", _trials), ("{}.binomial(1, 0.5, size=(4, 1))",)),
    ("choice", _choice, _CHOICE_CASES),
    ("permutation", _permutation, _PERMUTATION_CASES),
    ("shuffle", _nothing, ("{}.shuffle(np.arange(3))",)),
)
_LEGACY: tuple[tuple[str, Returns, tuple[str, ...]], ...] = (
    *_COMMON,
    ("rand", _rand(0, 1, "np.random.rand"), ("{}.rand(2, 3)", "{}.rand(10)", "{}.rand(1, 28, 28, 1)")),
    ("randn", _rand(None, None, "np.random.randn"), ("{}.randn(2, 3)", "{}.randn(0)")),
    (
        "randint",
        _randint,
        (
            "{}.randint(10, size=5)",
            "{}.randint(0, 10, (2, 3))",
            "{}.randint(2, size=(4, 1), dtype='int32')",
            "{}.randint(low=-3, high=4, size=20)",
            "{}.randint(0, 256, (2, 4, 4, 3), dtype=np.uint8)",
            "{}.randint([1, 2, 3])",
        ),
    ),
    ("random", _unit("np.random.random"), ("{}.random((2, 3))", "{}.random(4)")),
    ("random_sample", _unit("np.random.random_sample"), ("{}.random_sample(size=(1, 2))",)),
    ("standard_normal", _standard_normal, ("{}.standard_normal((2, 3))",)),
    ("seed", _nothing, ("{}.seed(0)",)),
)
_GENERATOR: tuple[tuple[str, Returns, tuple[str, ...]], ...] = (
    *_COMMON,
    (
        "integers",
        _generator_integers,
        (
            "{}.integers(10, size=5)",
            "{}.integers(0, 10, (2, 3))",
            "{}.integers(0, 1, size=30, endpoint=True)",
            "{}.integers(2, size=4, dtype='uint8')",
        ),
    ),
    (
        "random",
        _unit("Generator.random"),
        ("{}.random((2, 3))", "{}.random(4, dtype='float32')", "{}.random(size=(1, 2))"),
    ),
    ("standard_normal", _standard_normal, ("{}.standard_normal((2, 3), dtype='float32')",)),
)


def _entries() -> Iterator[LibraryFunction]:
    for name, returns, cases in _LEGACY:
        yield entry(f"numpy.random.{name}", returns, *(case.format("np.random") for case in cases))
        made = "np.random.RandomState(0)"
        cases = tuple(case.format(made) for case in cases)
        yield entry(f"numpy.random.RandomState.{name}", _method(returns), *cases)
    for name in ("sample", "ranf"):
        yield entry(f"numpy.random.{name}", _unit(f"np.random.{name}"), f"np.random.{name}((2, 2))")
    for name, returns, cases in _GENERATOR:
        made = "np.random.default_rng(0)"
        cases = tuple(case.format(made) for case in cases)
        yield entry(f"numpy.random.Generator.{name}", _method(returns), *cases)
    yield entry("numpy.random.default_rng", _made("numpy.random.Generator"), "np.random.default_rng(7)")
    yield entry("numpy.random.RandomState", _made("numpy.random.RandomState"), "np.random.RandomState(7)")


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
