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


# --- Layers in pipelines --------------------------------------------------------------------------------------

_VOCABULARY = "vocabulary=['a', 'b']"
_ON_TEXT = (
    *(
        f"TextVectorization({options}{_VOCABULARY})"
        for options in (
            "", "output_sequence_length=7, ", "output_mode='multi_hot', ", "output_mode='count', ",
            "output_mode='tf_idf', idf_weights=[1.0, 2.0], ", "split=None, ", "split='character', ",
            "split=None, output_sequence_length=4, ", "split='character', output_sequence_length=4, ",
            "ngrams=2, output_sequence_length=5, ", "ragged=True, ", "split=None, output_mode='multi_hot', ",
            "pad_to_max_tokens=True, max_tokens=9, output_mode='multi_hot', ",
        )
    ),
    *(
        f"StringLookup({options}{_VOCABULARY})"
        for options in (
            "", "output_mode='one_hot', ", "output_mode='multi_hot', ", "output_mode='count', ", "mask_token='', "
        )
    ),
    "Hashing(5)", "Hashing(5, output_mode='one_hot')", "Hashing(5, output_mode='multi_hot')",
)  # fmt: skip
_ON_NUMBERS = (
    "IntegerLookup(vocabulary=[1, 2])", "IntegerLookup(vocabulary=[1, 2], output_mode='one_hot')",
    "IntegerLookup(vocabulary=[1, 2], output_mode='multi_hot')", "CategoryEncoding(10)",
    "CategoryEncoding(10, output_mode='one_hot')", "Discretization([0.0, 1.0])",
    "Discretization([0.0, 1.0], output_mode='one_hot')", "Embedding(10, 3)", "Rescaling(0.5)", "Flatten()",
    "Reshape((-1,))", "Normalization(mean=0.0, variance=1.0)", "Dense(3)", "Activation('relu')", "Dropout(0.5)",
    "ZeroPadding1D(1)", "RepeatVector(2)", "UnitNormalization()", "Softmax()", "Lambda(lambda v: v + 1)",
    "Lambda(lambda v: v, output_shape=(99,))",
)  # fmt: skip
_ON_IMAGES = (
    "Rescaling(1/255)", "Resizing(8, 9)", "CenterCrop(3, 2)", "RandomCrop(3, 2)", "RandomFlip()",
    "RandomRotation(0.1)", "RandomContrast(0.1)", "RandomBrightness(0.1)", "RandomGrayscale()", "Equalization()",
    "Solarization()", "RandomSharpness()", "RandomShear(0.1, 0.1)", "RandomErasing()", "RandAugment()",
    "GlobalAveragePooling2D()", "MaxPooling2D()", "Conv2D(2, 3)", "ZeroPadding2D(1)", "UpSampling2D()",
    "BatchNormalization()", "MelSpectrogram()",
)  # fmt: skip
_FED = (
    (
        _ON_TEXT,
        (
            "['a b', 'c', 'a']", "np.array([['a b'], ['c'], ['a']])", "[['a', 'c', 'a']]",
            "np.array([[['a'], ['b']], [['c'], ['a']]])",
        ),
    ),
    (
        _ON_NUMBERS,
        (
            "np.array([1, 2, 0, 4])", "np.array([[1], [2], [3]])", "np.array([[1, 2], [2, 3]])",
            "np.array([[1.5, 0.5, 2.5]] * 3)", "np.zeros((3, 4, 5))",
        ),
    ),
    (
        _ON_IMAGES,
        ("np.zeros((3, 5, 6, 3), 'uint8')", "np.zeros((3, 5, 6, 3), 'float32')", "np.zeros((3, 4, 4, 1))"),
    ),
)  # fmt: skip


def mapped_layers(seed: int) -> Iterator[tuple[str, Any]]:
    """Programs that map a layer over a dataset and that Keras runs, with that dataset."""
    import keras
    import tensorflow as tf

    draw = random.Random(seed)
    while True:
        layers, data = draw.choice(_FED)
        batches = draw.choice(["", ".batch(2)", ".batch(2, drop_remainder=True)", ".batch(2).unbatch()"])
        lines = [
            f"d = tf.data.Dataset.from_tensor_slices({draw.choice(data)}){batches}",
            f"layer = keras.layers.{draw.choice(layers)}",
            draw.choice(["d = d.map(layer)", "d = d.map(lambda value: layer(value))"]),
        ]
        names: dict[str, Any] = {"np": np, "tf": tf, "keras": keras}
        try:
            exec("\n".join(lines), names)
        except Exception:
            continue
        yield IMPORTS + "\n".join(lines) + "\n", names["d"]
