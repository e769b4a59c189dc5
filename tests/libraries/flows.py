"""Random programs about data, run by the interpreter and for real: what is said of each name is held against it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Dataset
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.syntax.edits import text_of
from kerascope.text.source import Source
from libraries.agreement import disagreement

IMPORTS = "import numpy as np\nimport tensorflow as tf\nimport keras\n"


def stated(program: str, name: str = "d") -> Any:
    """What the interpreter says of the last value that ``name`` was given; ``UNKNOWN`` where it says nothing."""
    analysis = analyse(Source("program.py", program), Options(keras="3"))
    assert analysis.interpretation is not None, program
    found = [value for site, value in analysis.interpretation.trace.arrays.values() if text_of(site) == name]
    return found[-1] if found else UNKNOWN


def dataset_disagreement(said: Any, real: Any, steps: int = 6) -> str | None:
    """How a statement about a dataset is wrong; nothing where it is right or says that it does not know."""
    if not isinstance(said, Dataset):
        return None
    wrong = _nest_disagreement(said.element, real.element_spec, _spec_disagreement)
    count = int(real.cardinality())
    if wrong is None and said.steps is not UNKNOWN and said.steps != (None if count == -1 else count):
        # TensorFlow itself does not know the length of what was filtered or flattened.
        wrong = f"{said.steps} steps for {count}" if count != -2 else None
    if wrong is None and said.element is not UNKNOWN and not _holds_datasets(said.element):
        for element in _steps(real, steps):
            wrong = wrong or _nest_disagreement(said.element, element, _elements_disagreement)
    return wrong


def _steps(real: Any, count: int) -> list[Any]:
    """The first steps; none of a dataset that TensorFlow made and cannot run, as of elements that do not batch."""
    import tensorflow as tf

    try:
        return list(real.take(count).as_numpy_iterator())
    except (tf.errors.InvalidArgumentError, TypeError):
        return []


def _holds_datasets(nest: Any) -> bool:
    parts = nest if isinstance(nest, tuple) else nest.values() if isinstance(nest, dict) else ()
    return isinstance(nest, Dataset) or any(_holds_datasets(part) for part in parts)


def _nest_disagreement(said: Any, real: Any, compare: Callable[[Any, Any], str | None]) -> str | None:
    if said is UNKNOWN:
        return None
    if isinstance(said, (tuple, dict)):
        if type(real) is not type(said) or len(real) != len(said):
            return f"{said} for {real}"
        keys = said.keys() if isinstance(said, dict) else range(len(said))
        found = (_nest_disagreement(said[key], real[key], compare) for key in keys)
        return next((text for text in found if text), None)
    return compare(said, real)


def _spec_disagreement(said: Any, real: Any) -> str | None:
    if isinstance(said, Dataset):
        return _nest_disagreement(said.element, real.element_spec, _spec_disagreement)
    shape = real.shape.as_list() if real.shape.rank is not None else None
    if said.dtype and said.dtype != real.dtype.name:
        return f"{said.dtype} for {real}"
    if said.shape is UNRANKED:
        return None
    if shape is None or len(shape) != len(said.shape):
        return f"{said.shape} for {real}"
    wrong = any(dim is not UNKNOWN and dim != size for dim, size in zip(said.shape, shape, strict=True))
    return f"{said.shape} for {real}" if wrong else None


def _elements_disagreement(said: ArraySpec, real: Any) -> str | None:
    array = np.asarray(real)
    if array.dtype.kind in "OS":
        return None
    facts = said.facts
    shape = UNRANKED if said.shape is UNRANKED else tuple(UNKNOWN if d is None else d for d in said.shape)
    # A step holds some of the elements, so that the ends need not be among them.
    part = ArraySpec(shape, said.dtype, type(facts)(facts.lo, facts.hi, facts.integral, facts.one_hot))
    return disagreement(part, array)


# --- Pipelines ------------------------------------------------------------------------------------------------


def _source(draw: random.Random) -> list[str]:
    rows, side, depth = draw.randint(3, 9), draw.randint(2, 4), draw.choice([1, 3])
    images = draw.choice(
        [
            f"np.random.randint(0, 256, ({rows}, {side}, {side + 1}, {depth})).astype('uint8')",
            f"np.random.rand({rows}, {side}, {side + 1}, {depth}).astype('float32')",
            f"np.random.rand({rows}, {side})",
        ]
    )
    labels = draw.choice(
        [f"np.arange({rows})", f"np.random.randint(0, 4, {rows})", f"np.random.rand({rows}, 1)"]
    )
    nest = draw.choice(["(x, y)", "(x, y)", "(x, y)", "{'image': x, 'label': y}", "x"])
    return [f"x = {images}", f"y = {labels}", f"d = tf.data.Dataset.from_tensor_slices({nest})"]


PAIRS = (
    "lambda a, b: (tf.cast(a, tf.float32) / 255.0, b)",
    "lambda a, b: (a, tf.cast(b, tf.int64))",
    "lambda a, b: (a, tf.one_hot(tf.cast(b, tf.int32), 10))",
    "lambda a, b: (tf.expand_dims(a, -1), b)",
    "lambda a, b: {'a': a, 'b': b}",
    "lambda a, b: (b, a)",
    "lambda a, b: a",
    "lambda a, b: ((a, b), b)",
    "lambda a, b: (a, b, 1.0)",
    "lambda a, b: [a, b]",
    "lambda a, b: (tf.reshape(a, [-1]), b)",
    "lambda a, b: (a[..., :1], b)",
    "lambda a, b: (tf.concat([a, a], axis=-1), b)",
    "lambda a, b: (tf.reduce_mean(tf.cast(a, tf.float32)), b)",
    "lambda a, b: (keras.layers.Rescaling(0.5)(a), b)",
)


def _method(draw: random.Random) -> tuple[str, str]:
    count = draw.randint(1, 5)
    name = draw.choice(
        ["batch", "batch", "take", "skip", "repeat", "shuffle", "map", "map", "map", "prefetch", "cache", "unbatch",
         "enumerate", "concatenate", "filter", "zip", "window", "padded_batch", "shard", "flat_map"]
    )  # fmt: skip
    written = {
        "batch": draw.choice([f".batch({count})", f".batch({count}, drop_remainder=True)"]),
        "take": f".take({draw.choice([count, 20, -1])})",
        "skip": f".skip({draw.choice([count, 20])})",
        "repeat": f".repeat({draw.choice([count, ''])})",
        "shuffle": ".shuffle(8)",
        "map": f".map({draw.choice(PAIRS)})",
        "prefetch": ".prefetch(tf.data.AUTOTUNE)",
        "cache": ".cache()",
        "unbatch": ".unbatch()",
        "enumerate": ".enumerate()",
        "concatenate": ".concatenate(d.take(1))",
        "filter": ".filter(lambda a, b: True)",
        "window": f".window({count}, shift={draw.randint(1, 3)}, drop_remainder={draw.choice([True, False])})",
        "padded_batch": f".padded_batch({count})",
        "shard": ".shard(2, 0)",
        "flat_map": ".flat_map(lambda a, b: tf.data.Dataset.from_tensor_slices((a, a)))",
    }
    return name, "d = tf.data.Dataset.zip((d, d))" if name == "zip" else f"d = d{written[name]}"


def pipelines(seed: int, tally: Counter[str]) -> Iterator[tuple[str, Any]]:
    """Programs whose ``d`` is a dataset that TensorFlow could make, with that dataset; ``tally`` counts methods."""
    import keras
    import tensorflow as tf

    draw = random.Random(seed)
    while True:
        lines = _source(draw)
        names: dict[str, Any] = {"np": np, "tf": tf, "keras": keras}
        exec("\n".join(lines), names)
        used = ["from_tensor_slices"]
        for _ in range(draw.randint(1, 5)):
            name, line = _method(draw)
            before = names["d"]
            try:
                exec(line, names)
            except Exception:
                names["d"] = before
                continue
            if not hasattr(names["d"], "element_spec") or int(names["d"].cardinality()) == 0:
                names["d"] = before
                continue
            lines.append(line)
            used.append(name)
        tally.update(set(used))
        yield IMPORTS + "\n".join(lines) + "\n", names["d"]
