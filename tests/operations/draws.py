"""Random calls of operations, most of them legal, the same for the same seed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import TypeAlias

Draw: TypeAlias = Callable[[random.Random], str]
Dims: TypeAlias = list[int | None]

FLOATS = ("float32", "float32", "float32", "float32", "float16", "float64")
NUMBERS = (*FLOATS, "int32", "int32", "int64")
ANY = (*NUMBERS, "bool", "uint8")


def dims(rng: random.Random, rank: int, none: float = 0.15, most: int = 6) -> Dims:
    """A shape whose first size is often open."""
    if not rank:
        return []
    first = None if rng.random() < 0.7 else rng.randint(1, most)
    return [first, *(None if rng.random() < none else rng.randint(1, most) for _ in range(rank - 1))]


def known(rng: random.Random, rank: int) -> Dims:
    return [rng.randint(1, 6) for _ in range(rank)]


def t(shape: Sequence[int | None], dtype: str = "float32") -> str:
    """A symbolic tensor as it is written."""
    parts = [str(dim) for dim in shape] + ([] if dtype == "float32" else [f"dtype={dtype!r}"])
    return f"t({', '.join(parts)})"


def rank(rng: random.Random, least: int = 1, most: int = 4) -> int:
    return rng.randint(least, most)


def axis(rng: random.Random, count: int, odd: float = 0.06) -> int:
    """An axis of ``count``, from either side, now and then one that is not there."""
    if rng.random() < odd:
        return rng.choice([count, count + 1, -count - 1])
    return rng.randint(-count, count - 1) if count else 0


def broadcasting(rng: random.Random, shape: Dims, odd: float = 0.12) -> Dims:
    """A shape that mostly goes together with ``shape``."""
    other: Dims = [
        rng.choice([dim, dim, 1, None]) if rng.random() < 0.9 else rng.randint(1, 6) for dim in shape
    ]
    if other and rng.random() < odd:
        other[-1] = rng.randint(2, 7)
    return other[rng.randint(0, len(other)) :] if rng.random() < 0.4 else other


def unary(function: str, dtypes: Sequence[str] = NUMBERS) -> Draw:
    return lambda rng: f"{function}({t(dims(rng, rank(rng, 0)), rng.choice(dtypes))})"


def operand(rng: random.Random, shape: Dims, dtype: str, arrays: bool = True) -> str:
    """The other side of an operation: a tensor, a number or data."""
    draw = rng.random()
    if draw < 0.55:
        other = dtype if rng.random() < 0.8 else rng.choice(NUMBERS)
        return t(broadcasting(rng, shape), other)
    if draw < 0.9 or not arrays or None in shape:
        return rng.choice(["2", "1", "0.5", "2.0", "-1", "3"])
    return f"np.ones({tuple(shape)}, {rng.choice(['float32', 'float32', 'int32', 'float64'])!r})"


def operator(sign: str, dtypes: Sequence[str] = NUMBERS) -> Draw:
    def draw(rng: random.Random) -> str:
        shape, dtype = dims(rng, rank(rng)), rng.choice(dtypes)
        one, other = t(shape, dtype), operand(rng, shape, dtype)
        if rng.random() < 0.3 and not other.startswith("np"):
            one, other = other, one
        return f"{one} {sign} {other}"

    return draw


def binary(function: str, dtypes: Sequence[str] = NUMBERS) -> Draw:
    def draw(rng: random.Random) -> str:
        shape, dtype = dims(rng, rank(rng)), rng.choice(dtypes)
        return f"{function}({t(shape, dtype)}, {operand(rng, shape, dtype, arrays=False)})"

    return draw


def matrices(rng: random.Random, odd: float = 0.12, least: int = 2) -> tuple[Dims, Dims]:
    """Two shapes whose product mostly is defined."""
    inner = rng.randint(1, 6)
    other = inner if rng.random() > odd else rng.randint(1, 7)
    batch = dims(rng, rank(rng, 0, 2))
    left = [*batch, rng.choice([None, 3, 5]), inner]
    right = [*(broadcasting(rng, batch) if rng.random() < 0.7 else batch), other, rng.randint(1, 6)]
    if least == 1 and rng.random() < 0.15:
        left = [inner]
    if least == 1 and rng.random() < 0.15:
        right = [other]
    return left, right


def product(function: str, least: int = 2) -> Draw:
    def draw(rng: random.Random) -> str:
        left, right = matrices(rng, least=least)
        dtype = rng.choice(FLOATS)
        other = dtype if rng.random() < 0.9 else "int32"
        return f"{function}({t(left, dtype)}, {t(right, other)})"

    return draw


def matrix_operator(rng: random.Random) -> str:
    left, right = matrices(rng, least=1)
    dtype = rng.choice(FLOATS)
    return f"{t(left, dtype)} @ {t(right, dtype)}"


def item(rng: random.Random) -> str:
    shape = dims(rng, rank(rng, 1, 4))
    keys: list[str] = []
    for dim in shape[: rng.randint(1, len(shape))]:
        draw = rng.random()
        if draw < 0.3:
            most = dim if dim is not None else 4
            keys.append(str(rng.randint(-most, most - 1 + (rng.random() < 0.1))))
        elif draw < 0.75:
            bounds = [rng.choice(["", str(rng.randint(-4, 5))]) for _ in range(2)]
            keys.append(":".join(bounds) + (f":{rng.choice([2, -1, 3])}" if rng.random() < 0.25 else ""))
        else:
            keys.append(":")
    if rng.random() < 0.3:
        keys.insert(rng.randint(0, len(keys)), "...")
    if rng.random() < 0.3:
        keys.insert(rng.randint(0, len(keys)), "None")
    if rng.random() < 0.04:
        keys += [":"] * 3
    return f"{t(shape)}[{', '.join(keys)}]"


def axes(rng: random.Random, count: int, several: bool) -> str:
    if several and rng.random() < 0.3:
        chosen = rng.sample(range(count), rng.randint(1, count))
        items = ", ".join(str(one - count if rng.random() < 0.4 else one) for one in chosen)
        return f"[{items}]" if rng.random() < 0.5 else f"({items},)"
    return str(axis(rng, count))


def reduction(
    function: str, dtypes: Sequence[str] = FLOATS, keepdims: bool = True, several: bool = True
) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng)
        arguments = [t(dims(rng, count), rng.choice(dtypes))]
        if rng.random() < 0.85:
            arguments.append(
                ("axis=" if rng.random() < 0.6 or "norm" in function else "") + axes(rng, count, several)
            )
        if keepdims and rng.random() < 0.4:
            arguments.append(f"keepdims={rng.choice([True, False])}")
        return f"{function}({', '.join(arguments)})"

    return draw


def reshape(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        shape = dims(rng, rank(rng), none=0.08) if rng.random() < 0.6 else known(rng, rank(rng))
        sizes = [dim for dim in shape if dim is not None]
        rng.shuffle(sizes)
        while len(sizes) > 1 and rng.random() < 0.5:
            sizes[:2] = [sizes[0] * sizes[1]]
        if None in shape or rng.random() < 0.4:
            sizes.insert(rng.randint(0, len(sizes)), -1)
        if sizes and rng.random() < 0.12:
            sizes[rng.randrange(len(sizes))] = rng.choice([-1, 5, 7])
        target = ", ".join(map(str, sizes))
        return f"{function}({t(shape, rng.choice(NUMBERS))}, " + (
            f"[{target}])" if rng.random() < 0.5 else f"({target}{',' if len(sizes) == 1 else ''}))"
        )

    return draw


def transpose(function: str, keyword: str) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 1, 5)
        order = rng.sample(range(count), count)
        if rng.random() < 0.08:
            order[0] = rng.choice([order[-1], count])
        if rng.random() < 0.05:
            order.append(0)
        name = f"{keyword}=" if rng.random() < 0.4 else ""
        return f"{function}({t(dims(rng, count))}, {name}{order})"

    return draw


def expand(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 0)
        return f"{function}({t(dims(rng, count))}, {axis(rng, count + 1)})"

    return draw


def squeeze(function: str, always: bool = False) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng)
        shape = [1 if rng.random() < 0.5 else dim for dim in dims(rng, count)]
        if not always and rng.random() < 0.25:
            return f"{function}({t(shape)})"
        ones = [index for index, dim in enumerate(shape) if dim == 1]
        chosen = rng.choice(ones) if ones and rng.random() < 0.85 else axis(rng, count)
        return f"{function}({t(shape)}, {chosen - count if rng.random() < 0.3 and chosen >= 0 else chosen})"

    return draw


def concatenate(function: str, default: bool = True) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 1, 4)
        shape, dtype, along = dims(rng, count), rng.choice(NUMBERS), axis(rng, count)
        tensors = []
        for _ in range(rng.randint(1, 3)):
            other = list(shape)
            if -count <= along < count:
                other[along] = rng.choice([None, 1, 2, 5])
            if rng.random() < 0.15:
                other[rng.randrange(count)] = rng.choice([None, 4])
            tensors.append(
                t(other if rng.random() > 0.04 else [*other, 2], dtype if rng.random() < 0.92 else "float32")
            )
        end = (
            ""
            if default and rng.random() < 0.1
            else f", {along}"
            if rng.random() < 0.5
            else f", axis={along}"
        )
        return f"{function}([{', '.join(tensors)}]{end})"

    return draw


def stack(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 1, 3)
        shape, dtype = dims(rng, count), rng.choice(NUMBERS)
        tensors = []
        for _ in range(rng.randint(1, 3)):
            other = list(shape)
            if other and rng.random() < 0.15:
                other[rng.randrange(count)] = rng.choice([None, 4])
            tensors.append(t(other, dtype if rng.random() < 0.93 else "float32"))
        return f"{function}([{', '.join(tensors)}], axis={axis(rng, count + 1)})"

    return draw


def split(function: str, sizes: bool) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 1, 3)
        shape = dims(rng, count, none=0.1, most=8)
        along = axis(rng, count)
        dim = shape[along] if -count <= along < count else 4
        if rng.random() < 0.6 or dim is None:
            parts = str(rng.choice([1, 2, 2, 3, dim or 2]))
        else:
            places = sorted(rng.sample(range(1, dim), min(dim - 1, rng.randint(1, 2)))) if dim > 1 else [1]
            if sizes:
                ends = [0, *places, dim]
                lengths = [end - start for start, end in itertools.pairwise(ends)]
                if rng.random() < 0.3:
                    lengths[rng.randrange(len(lengths))] = rng.choice([-1, 3])
                parts = str(lengths)
            else:
                parts = str(places)
        return f"{function}({t(shape)}, {parts}, axis={along})"

    return draw


def tile(function: str, aligned: bool) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng)
        times = count if aligned and rng.random() < 0.95 else rank(rng)
        return f"{function}({t(dims(rng, count))}, {[rng.randint(1, 3) for _ in range(times)]})"

    return draw


def repeat(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 1, 3)
        end = f", axis={axis(rng, count)}" if rng.random() < 0.8 else ""
        return f"{function}({t(dims(rng, count))}, {rng.randint(1, 3)}{end})"

    return draw


def take(function: str, keyword: bool = True) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 1, 3)
        indices = rng.choice(["[0, 1]", "0", t(dims(rng, rank(rng, 0, 2)), "int32")])
        end = f", axis={axis(rng, count, 0.03)}" if keyword and rng.random() < 0.8 else ""
        return f"{function}({t(dims(rng, count))}, {indices}{end})"

    return draw


def one_hot(function: str, options: bool = True) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 0, 2)
        end = f", axis={axis(rng, count + 1)}" if options and rng.random() < 0.4 else ""
        return f"{function}({t(dims(rng, count), 'int32')}, {rng.randint(1, 9)}{end})"

    return draw


def pad(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 1, 4)
        pairs = [
            (rng.randint(0, 2), rng.randint(0, 2)) for _ in range(count if rng.random() < 0.95 else count + 1)
        ]
        return f"{function}({t(dims(rng, count))}, {pairs})"

    return draw


def where(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        shape, dtype = dims(rng, rank(rng, 1, 3)), rng.choice(NUMBERS)
        other = operand(rng, shape, dtype, arrays=False)
        return f"{function}({t(broadcasting(rng, shape, 0.05), 'bool')}, {t(shape, dtype)}, {other})"

    return draw


EQUATIONS = (
    ("bij,bjk->bik", ("bij", "bjk")),
    ("bqhd,bkhd->bhqk", ("bqhd", "bkhd")),
    ("...ij,...jk->...ik", ("xij", "xjk")),
    ("...i,ij->...j", ("xyi", "ij")),
    ("ij,jk", ("ij", "jk")),
    ("bi,bi->b", ("bi", "bi")),
    ("bij->bji", ("bij",)),
    ("bi,bj->bij", ("bi", "bj")),
    ("bij->b", ("bij",)),
    ("ij,ij,jk->ik", ("ij", "ij", "jk")),
)


def einsum(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        equation, terms = rng.choice(EQUATIONS)
        found = {letter: rng.choice([None, 2, 3, 4, 5]) for letter in "bijkqhdxy"}
        tensors = []
        for term in terms:
            shape = [found[letter] if rng.random() > 0.05 else rng.randint(1, 5) for letter in term]
            tensors.append(t(shape))
        return f"{function}({equation!r}, {', '.join(tensors)})"

    return draw


def tensordot(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rng.randint(0, 2)
        inner = known(rng, count)
        left, right = [*dims(rng, rank(rng, 1, 2)), *inner], [*inner, *known(rng, rank(rng, 1, 2))]
        if inner and rng.random() < 0.1:
            right[0] = 7
        if count == 1 and rng.random() < 0.4:
            return f"{function}({t(left)}, {t(right)}, axes=[[{len(left) - 1}], [0]])"
        return f"{function}({t(left)}, {t(right)}, axes={count})"

    return draw


def batch_dot(rng: random.Random) -> str:
    left = [rng.choice([None, None, 2]), *(rng.choice([None, 3, 4, 5]) for _ in range(rng.randint(1, 2)))]
    right = [rng.choice([None, None, 2]), *(rng.choice([3, 4, 5]) for _ in range(rng.randint(1, 2)))]
    one, other = rng.randint(1, len(left) - 1), rng.randint(1, len(right) - 1)
    if rng.random() < 0.9:
        left[one] = right[other]
    return f"K.batch_dot({t(left)}, {t(right)}, axes=({one}, {other}))"


def conv(function: str, transposed: bool = False) -> Draw:
    def draw(rng: random.Random) -> str:
        count, into = rng.randint(1, 2), rng.randint(1, 3)
        shape = [None, *(rng.choice([None, 5, 8, 9, 2]) for _ in range(count)), into]
        kernel = [*(rng.randint(1, 3) for _ in range(count)), into, rng.randint(1, 4)]
        stride = rng.randint(1, 2)
        dilation = rng.randint(1, 2) if stride == 1 else 1
        padding = rng.choice(["valid", "same"])
        end = f"strides={stride}, padding={padding!r}, dilation_rate={dilation}"
        return f"{function}({t(shape)}, {t(kernel)}, {end})"

    return draw


def tf_conv2d(rng: random.Random) -> str:
    into = rng.randint(1, 3)
    shape = [None, *(rng.choice([None, 5, 8, 9, 2]) for _ in range(2)), into]
    kernel = [rng.randint(1, 3), rng.randint(1, 3), into, rng.randint(1, 4)]
    stride = rng.choice(["1", "2", "[1, 2, 2, 1]", "(2, 1)"])
    return (
        f"tf.nn.conv2d({t(shape)}, {t(kernel)}, strides={stride}, padding={rng.choice(['VALID', 'SAME'])!r})"
    )


def pool(function: str, upper: bool) -> Draw:
    def draw(rng: random.Random) -> str:
        shape = [None, *(rng.choice([None, 5, 8, 9, 1]) for _ in range(2)), rng.randint(1, 3)]
        window = rng.choice(["2", "3", "(2, 3)"])
        padding = rng.choice(["VALID", "SAME"] if upper else ["valid", "same"])
        return f"{function}({t(shape)}, {window}, strides={rng.choice(['1', '2', '(1, 2)'])}, padding={padding!r})"

    return draw


def resize(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        shape = [*([None] if rng.random() < 0.8 else []), rng.choice([None, 8, 9]), rng.choice([None, 7]), 3]
        return f"{function}({t(shape)}, ({rng.randint(1, 9)}, {rng.randint(1, 9)}))"

    return draw


def softmax(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        count = rank(rng, 2, 4)
        return f"{function}({t(dims(rng, count), rng.choice(FLOATS))}, axis={axis(rng, count, 0)})"

    return draw


def cast(function: str) -> Draw:
    def draw(rng: random.Random) -> str:
        return f"{function}({t(dims(rng, rank(rng, 0)), rng.choice(ANY))}, {rng.choice(ANY)!r})"

    return draw


def _ops() -> dict[str, Draw]:
    found: dict[str, Draw] = {}
    for name in (
        "exp",
        "log",
        "sqrt",
        "square",
        "abs",
        "sigmoid",
        "tanh",
        "relu",
        "gelu",
        "softplus",
        "sin",
        "sign",
    ):
        found[f"ops.{name}"] = unary(f"ops.{name}", ANY)
    for name in (
        "add",
        "subtract",
        "multiply",
        "divide",
        "power",
        "maximum",
        "minimum",
        "less",
        "equal",
        "logical_and",
    ):
        found[f"ops.{name}"] = binary(f"ops.{name}")
    for name in ("sum", "mean", "max", "min", "prod", "std", "var", "all", "any", "logsumexp"):
        found[f"ops.{name}"] = reduction(f"ops.{name}", ANY)
    for name in ("argmax", "argmin"):
        found[f"ops.{name}"] = reduction(f"ops.{name}", several=False)
    return found | {
        "ops.norm": reduction("ops.norm", FLOATS, several=False),
        "ops.matmul": product("ops.matmul", least=1),
        "ops.dot": product("ops.dot", least=1),
        "ops.einsum": einsum("ops.einsum"),
        "ops.tensordot": tensordot("ops.tensordot"),
        "ops.reshape": reshape("ops.reshape"),
        "ops.transpose": transpose("ops.transpose", "axes"),
        "ops.expand_dims": expand("ops.expand_dims"),
        "ops.squeeze": squeeze("ops.squeeze"),
        "ops.concatenate": concatenate("ops.concatenate"),
        "ops.stack": stack("ops.stack"),
        "ops.split": split("ops.split", sizes=False),
        "ops.tile": tile("ops.tile", aligned=False),
        "ops.repeat": repeat("ops.repeat"),
        "ops.take": take("ops.take"),
        "ops.one_hot": one_hot("ops.one_hot"),
        "ops.pad": pad("ops.pad"),
        "ops.where": where("ops.where"),
        "ops.cast": cast("ops.cast"),
        "ops.softmax": softmax("ops.softmax"),
        "ops.conv": conv("ops.conv"),
        "ops.max_pool": pool("ops.max_pool", upper=False),
        "ops.average_pool": pool("ops.average_pool", upper=False),
        "ops.image.resize": resize("ops.image.resize"),
    }


def _tf() -> dict[str, Draw]:
    found: dict[str, Draw] = {}
    for name in (
        "math.exp",
        "math.log",
        "math.sqrt",
        "math.square",
        "math.abs",
        "math.sigmoid",
        "nn.relu",
        "nn.gelu",
    ):
        found[f"tf.{name}"] = unary(f"tf.{name}", ANY)
    for name in ("add", "subtract", "multiply", "divide", "pow", "maximum", "minimum", "less", "equal"):
        found[f"tf.math.{name}"] = binary(f"tf.math.{name}")
    for name in ("sum", "mean", "max", "min", "prod", "std", "variance", "logsumexp"):
        found[f"tf.math.reduce_{name}"] = reduction(f"tf.math.reduce_{name}")
    for name in ("all", "any"):
        found[f"tf.math.reduce_{name}"] = reduction(f"tf.math.reduce_{name}", ("bool",))
    return found | {
        "tf.math.argmax": reduction("tf.math.argmax", keepdims=False, several=False),
        "tf.norm": reduction("tf.norm", several=False),
        "tf.linalg.matmul": product("tf.linalg.matmul"),
        "tf.einsum": einsum("tf.einsum"),
        "tf.tensordot": tensordot("tf.tensordot"),
        "tf.reshape": reshape("tf.reshape"),
        "tf.transpose": transpose("tf.transpose", "perm"),
        "tf.expand_dims": expand("tf.expand_dims"),
        "tf.squeeze": squeeze("tf.squeeze"),
        "tf.concat": concatenate("tf.concat", default=False),
        "tf.stack": stack("tf.stack"),
        "tf.split": split("tf.split", sizes=True),
        "tf.tile": tile("tf.tile", aligned=True),
        "tf.repeat": repeat("tf.repeat"),
        "tf.gather": take("tf.gather"),
        "tf.one_hot": one_hot("tf.one_hot"),
        "tf.pad": pad("tf.pad"),
        "tf.where": where("tf.where"),
        "tf.cast": cast("tf.cast"),
        "tf.nn.softmax": softmax("tf.nn.softmax"),
        "tf.nn.conv2d": tf_conv2d,
        "tf.nn.max_pool2d": pool("tf.nn.max_pool2d", upper=True),
        "tf.nn.avg_pool2d": pool("tf.nn.avg_pool2d", upper=True),
        "tf.image.resize": resize("tf.image.resize"),
    }


def _backend() -> dict[str, Draw]:
    found: dict[str, Draw] = {}
    for name in ("exp", "log", "sqrt", "square", "abs", "sigmoid", "tanh", "relu"):
        found[f"K.{name}"] = unary(f"K.{name}", ANY)
    for name in ("maximum", "minimum", "pow", "less", "equal"):
        found[f"K.{name}"] = binary(f"K.{name}")
    for name in ("sum", "mean", "max", "min", "prod", "std", "var", "all", "any"):
        found[f"K.{name}"] = reduction(f"K.{name}", ANY)
    return found | {
        "K.argmax": reduction("K.argmax", keepdims=False, several=False),
        "K.dot": product("K.dot"),
        "K.batch_dot": batch_dot,
        "K.reshape": reshape("K.reshape"),
        "K.permute_dimensions": transpose("K.permute_dimensions", "pattern"),
        "K.expand_dims": expand("K.expand_dims"),
        "K.squeeze": squeeze("K.squeeze", always=True),
        "K.concatenate": concatenate("K.concatenate"),
        "K.stack": stack("K.stack"),
        "K.tile": tile("K.tile", aligned=True),
        "K.gather": take("K.gather", keyword=False),
        "K.one_hot": one_hot("K.one_hot", options=False),
        "K.cast": cast("K.cast"),
        "K.softmax": softmax("K.softmax"),
    }


DRAWS: dict[str, Draw] = {
    **{
        sign: operator(sign)
        for sign in ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "!=", "==")
    },
    **{sign: operator(sign, ("bool", "bool", "int32", "float32")) for sign in "&|^"},
    "@": matrix_operator,
    "[]": item,
    "-x": lambda rng: f"-{t(dims(rng, rank(rng)), rng.choice(ANY))}",
    "~x": lambda rng: f"~{t(dims(rng, rank(rng)), rng.choice(ANY))}",
    "abs": unary("abs", ANY),
    **_ops(),
    **_tf(),
    **_backend(),
}
"""What is drawn of each operation that people use much."""


def draws(name: str, count: int) -> list[str]:
    """``count`` calls, the same each time."""
    rng = random.Random(f"operations/{name}")
    return [DRAWS[name](rng) for _ in range(count)]


_OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "<": "lt",
    "<=": "le", ">": "gt", ">=": "ge", "!=": "ne", "==": "eq", "&": "and", "|": "or", "^": "xor", "@": "matmul",
    "[]": "getitem", "-x": "neg", "~x": "invert", "abs": "abs",
}  # fmt: skip


def drawn_name(draw: str) -> str:
    """The canonical name of what ``DRAWS`` calls ``draw``."""
    if draw in _OPERATORS:
        return f"tensor.__{_OPERATORS[draw]}__"
    root, _, member = draw.partition(".")
    return {"ops": "keras.ops", "K": "keras.backend"}.get(root, root) + "." + member
