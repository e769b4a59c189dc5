"""Masks in functional models against real Keras: which layers make, take and hand on some, and the rows of all."""

from __future__ import annotations

import random

import pytest

from graph.test_against_keras import tables
from judge.programs import judge
from kerascope.domain.shapes import UNKNOWN
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.graph.rows import table
from kerascope.layers.catalogue import CATALOGUE
from kerascope.text.source import Source

HEAD = (
    "a = keras.Input((7,))\nb = keras.Input((7,))\nf = keras.Input((7, 4))\n\n\n"
    "def embedded(x):\n    return layers.Embedding(10, 4, mask_zero=True)(x)\n\n\n"
)

MODELS = {
    "taken at once": "model = keras.Model(a, layers.LSTM(3)(embedded(a)))",
    "made and not taken": "model = keras.Model(a, layers.Flatten()(embedded(a)))",
    "made before the features are returned": "x = embedded(a)\ny = layers.LSTM(3)(x)\nmodel = keras.Model(a, x)",
    "whole numbers": "i = keras.Input((7,), dtype='int32')\nmodel = keras.Model(i, layers.GRU(3)(embedded(i)))",
    "handed on": "x = layers.Dropout(0.1)(layers.Dense(5)(embedded(a)))\n"
    "x = layers.LSTM(3, return_sequences=True)(x)\nmodel = keras.Model(a, layers.GRU(3)(x))",
    "dropped by a convolution": "x = layers.Conv1D(3, 2)(embedded(a))\nmodel = keras.Model(a, layers.LSTM(3)(x))",
    "dropped by an operator": "x = embedded(a) * 2\nmodel = keras.Model(a, layers.LSTM(3)(x))",
    "dropped by a slice": "x = embedded(a)[:, 1:]\nmodel = keras.Model(a, layers.LSTM(3)(x))",
    "dropped by a last step": "x = layers.LSTM(3)(embedded(a))\n"
    "model = keras.Model(a, layers.LSTM(3)(layers.RepeatVector(4)(x)))",
    "either of two": "x = layers.Add()([embedded(a), embedded(b)])\nmodel = keras.Model([a, b], layers.LSTM(3)(x))",
    "either of three": "x = layers.Average()([embedded(a), embedded(b), embedded(a)])\n"
    "model = keras.Model([a, b], layers.LSTM(3)(x))",
    "one of two": "x = layers.Multiply()([embedded(a), f])\nmodel = keras.Model([a, f], layers.LSTM(3)(x))",
    "joined": "x = layers.Concatenate()([embedded(a), embedded(b)])\nmodel = keras.Model([a, b], layers.LSTM(3)(x))",
    "joined, one without": "x = layers.Concatenate()([embedded(a), f])\n"
    "model = keras.Model([a, f], layers.LSTM(3)(x))",
    "joined along the steps": "x = layers.Concatenate(axis=1)([embedded(a), embedded(b)])\n"
    "model = keras.Model([a, b], layers.LSTM(3)(x))",
    "a dot": "model = keras.Model([a, b], layers.Dot(axes=2)([embedded(a), embedded(b)]))",
    "a value": "model = keras.Model(f, layers.LSTM(3)(layers.Masking(9.0)(f)))",
    "a value that nobody asks for": "model = keras.Model(f, layers.Dense(3)(layers.Masking()(f)))",
    "attention of many heads": "x = embedded(a)\nx = layers.MultiHeadAttention(2, 3)(x, x)\n"
    "x = layers.LayerNormalization()(x)\nmodel = keras.Model(a, layers.GlobalAveragePooling1D()(x))",
    "attention to another": "x = layers.MultiHeadAttention(2, 3)(embedded(a), embedded(b))\n"
    "model = keras.Model([a, b], layers.GlobalAveragePooling1D()(x))",
    "attention": "x = layers.Attention()([embedded(a), embedded(b)])\n"
    "model = keras.Model([a, b], layers.GlobalAveragePooling1D()(x))",
    "both ways": "x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(embedded(a))\n"
    "x = layers.Bidirectional(layers.GRU(3), merge_mode='sum')(x)\nmodel = keras.Model(a, x)",
    "both ways, apart": "two = layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode=None)\n"
    "x = two(embedded(a))\n"
    "model = keras.Model(a, [layers.LSTM(3)(x[1]), layers.GRU(2)(x[0])])",
    "each step": "x = layers.TimeDistributed(layers.Dense(3))(embedded(a))\nmodel = keras.Model(a, layers.LSTM(2)(x))",
    "each step's own": "i = keras.Input((5, 7))\n"
    "x = layers.TimeDistributed(layers.Embedding(10, 4, mask_zero=True))(i)\n"
    "model = keras.Model(i, layers.LSTM(3)(layers.TimeDistributed(layers.LSTM(3))(x)))",
    "states": "o, h, c = layers.LSTM(3, return_state=True)(embedded(a))\n"
    "y, *rest = layers.LSTM(3, return_sequences=True, return_state=True)(embedded(b), initial_state=[h, c])\n"
    "model = keras.Model([a, b], layers.GRU(2)(y))",
    "Lambda": "x = layers.Lambda(lambda t: t * 2)(embedded(a))\nmodel = keras.Model(a, layers.LSTM(3)(x))",
    "with an argument": "model = keras.Model(a, layers.LSTM(3)(embedded(a), training=False))",
    "by name": "model = keras.Model(a, layers.LSTM(3)(sequences=embedded(a)))",
    "in another precision": "model = keras.Model(a, layers.LSTM(3, dtype='float64')(embedded(a)))",
    "given": "m = keras.Input((7,), dtype='bool')\nmodel = keras.Model([a, m], layers.LSTM(3)(embedded(a), mask=m))",
    "given as nothing": "model = keras.Model(a, layers.LSTM(3)(embedded(a), mask=None))",
    "computed": "e = layers.Embedding(10, 4, mask_zero=True)\n"
    "model = keras.Model(a, layers.LSTM(3)(e(a), mask=e.compute_mask(a)))",
    "of a shared layer": "e = layers.Embedding(10, 4, mask_zero=True)\nl = layers.LSTM(3)\n"
    "model = keras.Model([a, b], layers.concatenate([l(e(a)), l(e(b))]))",
    "into a model": "i = keras.Input((7, 4))\ninner = keras.Model(i, layers.Dense(3)(i))\n"
    "model = keras.Model(a, layers.LSTM(3)(inner(embedded(a), training=False)))",
    "into a model of two inputs": "i, j = keras.Input((7, 4)), keras.Input((7, 4))\n"
    "inner = keras.Model([i, j], layers.Add()([i, j]))\n"
    "model = keras.Model([a, b], layers.LSTM(3)(inner([embedded(a), embedded(b)])))",
    "within a model": "i = keras.Input((7,))\n"
    "inner = keras.Model(i, layers.LSTM(3, return_sequences=True)(embedded(i)))\n"
    "model = keras.Model(a, [layers.LSTM(3)(inner(a)), layers.LSTM(2)(embedded(a))])",
    "within a stack": "inner = keras.Sequential([keras.Input((7,)), layers.Embedding(10, 4, mask_zero=True),"
    " layers.LSTM(3, return_sequences=True)])\n"
    "model = keras.Model(a, [layers.LSTM(3)(inner(a)), layers.LSTM(2)(embedded(a))])",
    "into a stack": "inner = keras.Sequential([layers.LSTM(3, return_sequences=True), layers.Dense(3)])\n"
    "model = keras.Model(a, layers.LSTM(3)(inner(embedded(a))))",
    "a stack": "model = keras.Sequential([keras.Input((7,)), layers.Embedding(10, 4, mask_zero=True), layers.LSTM(3)])",
    "the layers of a stack": "stack = keras.Sequential([keras.Input((7,)), layers.Embedding(10, 4, mask_zero=True),"
    " layers.LSTM(3, return_sequences=True), layers.GRU(2)])\n"
    "model = keras.Model(stack.inputs, stack.layers[-2].output)",
    "a clone": "made = keras.Model(a, layers.LSTM(3)(embedded(a)))\nmodel = keras.models.clone_model(made)",
    "a part": "x = layers.LSTM(3, return_sequences=True)(embedded(a))\nmade = keras.Model(a, layers.GRU(2)(x))\n"
    "model = keras.Model(made.input, made.layers[-2].output)",
    "an own layer that takes it": "class P(layers.Layer):\n    def call(self, x, mask=None):\n        return x\n\n\n"
    "model = keras.Model(a, layers.LSTM(3)(P()(embedded(a))))",
    "an own layer of another precision": "class P(layers.Layer):\n    def __init__(self, **kwargs):\n"
    "        super().__init__(**kwargs)\n\n    def call(self, x, mask=None):\n        return x\n\n\n"
    "model = keras.Model(a, layers.Dense(3)(P(dtype='float64')(embedded(a))))",
    "an own layer that hands it on": "class P(layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    "        self.supports_masking = True\n\n    def call(self, x):\n        return x * 2.0\n\n\n"
    "model = keras.Model(a, layers.LSTM(3)(P()(embedded(a))))",
    "an own layer that drops it": "class P(layers.Layer):\n    def call(self, x):\n        return x * 2.0\n\n\n"
    "model = keras.Model(a, layers.LSTM(3)(P()(embedded(a))))",
    "an own layer that makes it": "class P(layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    "        self.e = layers.Embedding(10, 4, mask_zero=True)\n\n    def call(self, x):\n        return self.e(x)\n\n"
    "    def compute_mask(self, x, mask=None):\n        return self.e.compute_mask(x)\n\n\n"
    "model = keras.Model(a, layers.LSTM(3)(P()(a)))",
    "a subclass of a layer of Keras": "class P(layers.Dense):\n    def call(self, x):\n"
    "        return super().call(x)\n\n\nmodel = keras.Model(a, layers.LSTM(3)(P(4)(embedded(a))))",
}
ABOUT_KERAS_3 = {"computed", "attention", "into a model of two inputs", "given", "by name"}
"""Programs of which Keras 2 refuses something, or makes something else, that has nothing to do with masks."""


def same(code: str, *, names: bool = True) -> None:
    own, real = tables(HEAD + code, 3)
    for row, printed in zip(own["rows"], real["rows"], strict=False):
        if not names and row[0] is UNKNOWN:
            row[0] = printed[0]
    assert own == real, code


@pytest.mark.parametrize("name", list(MODELS))
def test_masks_have_the_rows_that_keras_prints(name: str) -> None:
    same(MODELS[name], names=name != "a clone")


@pytest.mark.parametrize("name", [name for name in MODELS if name not in ABOUT_KERAS_3])
def test_keras_2_prints_no_row_for_a_mask(name: str) -> None:
    code = MODELS[name]
    own, real = tables(HEAD + code, 2)
    assert [row for row in own["rows"] if row[0] is not UNKNOWN] == real["rows"]


def test_the_numbers_of_masks_are_open_once_a_stack_was_called_anew() -> None:
    for stack in (
        "s = keras.Sequential()\ns.add(keras.Input((7,)))\ns.add(layers.Embedding(10, 4, mask_zero=True))\n"
        "s.add(layers.LSTM(3))\ns.add(layers.Dense(2))",
        "s = keras.Sequential([layers.Embedding(10, 4, mask_zero=True), layers.LSTM(3)])\ns(b)",
    ):
        code = f"{HEAD}{stack}\nmodel = keras.Model(a, layers.GRU(2)(embedded(a)))"
        own, real = tables(code, 3)
        (number,) = [place for place, row in enumerate(own["rows"]) if row[1] == "NotEqual"]
        assert own["rows"][number][0] is UNKNOWN
        own["rows"][number][0] = real["rows"][number][0]
        assert own == real


def test_a_mask_that_nobody_can_follow_leaves_the_table_incomplete() -> None:
    program = (
        "from tensorflow import keras\nfrom tensorflow.keras import layers\nfrom elsewhere import f\n\n\n"
        "class P(layers.Layer):\n    def call(self, x):\n        return x\n\n"
        "    def compute_mask(self, x, mask=None):\n        return f(x)\n\n\n"
        "a = keras.Input((7, 4))\nmodel = keras.Model(a, layers.LSTM(3)(P()(a)))\n"
        "other = keras.Model(a, layers.Dense(3)(P()(a)))\n"
    )
    analysis = analyse(Source("program.py", program), Options(keras="3"))
    assert analysis.interpretation is not None
    printed = {model.variable: table(model.graph, 3) for model in analysis.interpretation.models}
    assert {name: made.complete for name, made in printed.items()} == {"model": False, "other": True}
    assert printed["model"].total == 4 * 3 * (4 + 3 + 1)  # a mask has no weights


MADE = (
    "Dense(2)", "LSTM(2, return_sequences=True)", "LSTM(2, return_sequences=unknown)", "Bidirectional(layers.GRU(2))",
    "Bidirectional(unknown)", "Add()", "Concatenate()", "Concatenate(axis=unknown)", "Attention()",
    "MultiHeadAttention(1, 2)", "Embedding(4, 3, mask_zero=True)", "Embedding(4, 3, mask_zero=unknown)", "Masking()",
    "TimeDistributed(layers.Dense(2))", "Lambda(lambda t: t, mask=unknown)", "Softmax()", "GlobalAveragePooling1D()",
)  # fmt: skip
GIVEN = (
    "x", "[x]", "[x, x]", "[x, [x, x]]", "{'a': x}", "{'a': x, 'b': [x]}", "()", "[]", "None", "3", "[x, None]",
    "[x, unknown]", "unknown", "[x, f]",
)  # fmt: skip
CALLED = ("({})", "({}, mask=x)", "({}, mask=unknown)", "({}, mask=3)", "(inputs={})", "(x, {})", "(*{})")


@pytest.mark.parametrize("made", MADE)
def test_whatever_a_layer_is_called_on_nothing_fails(made: str, caplog: pytest.LogCaptureFixture) -> None:
    lines = [f"layers.{made}{called.format(given)}" for given in GIVEN for called in CALLED]
    program = (
        "from tensorflow import keras\nfrom tensorflow.keras import layers\nfrom elsewhere import unknown\n"
        f"{HEAD}x = embedded(a)\n"
    )
    for line in lines:
        whole = f"{program}y = {line}\nz = layers.LSTM(2)(y)\nmodel = keras.Model(a, z)\n"
        analysis = analyse(Source("program.py", whole), Options(keras="3"))
        assert analysis.interpretation is not None, line
        for model in analysis.interpretation.models:
            table(model.graph, 3)
    assert not caplog.records


FACTS = """
import inspect
from keras import layers as namespace
from keras.src.layers.layer import Layer

found = {}
for name in dir(namespace):
    cls = getattr(namespace, name)
    if inspect.isclass(cls) and issubclass(cls, Layer) and cls.__name__ in described:
        bases = [base for base in cls.__mro__ if base not in (Layer, object)]
        own = any("compute_mask" in base.__dict__ for base in bases)
        passes = any("self.supports_masking = True" in inspect.getsource(base) for base in bases)
        takes = "mask" in inspect.signature(cls.call).parameters
        found[cls.__name__] = (takes, "own" if own else "the same" if passes else "nothing")
assert len(found) > 100
wrong = {
    name: (fact, described[name]) for name, fact in found.items()
    if (fact[0], described[name][1] if fact[1] == "own" else fact[1]) != described[name]
    or (fact[1] == "own" and described[name][1] == "the same")
}
assert not wrong, wrong
"""


def test_every_layer_takes_and_hands_on_masks_as_its_class_in_keras_does() -> None:
    described = {name: tuple(spec.masking) for name, spec in CATALOGUE.items() if 3 in spec.majors}
    ran = judge(3).run(f"described = {described!r}\n{FACTS}", "model")
    assert ran.error is None, ran.error


def generated(seed: int) -> str:
    """A functional model over sequences, with masks, branches, shared layers and nesting."""
    draw = random.Random(seed)
    lines = [
        "e1 = layers.Embedding(10, 4, mask_zero=True)", "e2 = layers.Embedding(12, 4)", "shared = layers.Dense(4)",
        "rnn = layers.GRU(4, return_sequences=True)", "t0 = e1(a)", "t1 = e2(b)", "t2 = layers.Masking()(f)",
        "i = keras.Input((7, 4))", "inner = keras.Model(i, layers.LSTM(4, return_sequences=True)(i))",
    ]  # fmt: skip
    tensors = ["t0", "t0", "t1", "t2"]
    for number in range(3, 3 + draw.randint(2, 9)):
        one, other = draw.choice(tensors), draw.choice(tensors)
        made = draw.choice(
            (
                f"layers.{draw.choice(('Add', 'Subtract', 'Multiply', 'Average', 'Maximum'))}()([{one}, {other}])",
                f"layers.Dense(4)(layers.Concatenate()([{one}, {other}]))",
                f"layers.Concatenate(axis=1)([{one}, {other}])[:, :7]",
                f"shared({one})",
                f"rnn({one})",
                f"e1({draw.choice('ab')})",
                f"inner({one})",
                f"layers.LSTM(4, return_sequences=True)({one}{draw.choice(('', ', training=True'))})",
                f"layers.Bidirectional(layers.LSTM(2, return_sequences=True))({one})",
                f"layers.TimeDistributed(layers.Dense(4))({one})",
                f"layers.MultiHeadAttention(2, 2)({one}, {other})",
                f"layers.Attention()([{one}, {other}])",
                f"layers.BatchNormalization()({one})",
                f"layers.{draw.choice(('LayerNormalization', 'Dropout', 'Softmax', 'ReLU'))}"
                f"()({one})".replace("Dropout()", "Dropout(0.1)"),
                f"layers.Conv1D(4, 3, padding='same')({one})",
                f"{one} + {other}",
            )
        )  # fmt: skip
        lines.append(f"t{number} = {made}")
        tensors.append(f"t{number}")
    ends = draw.sample(tensors[4:], min(len(tensors) - 4, draw.randint(1, 3)))
    outputs = [
        draw.choice((f"layers.LSTM(2)({end})", f"layers.GlobalAveragePooling1D()({end})", end))
        for end in ends
    ]
    lines.append(f"model = keras.Model([a, b, f], [{', '.join(outputs)}])")
    return "\n".join(lines)


def test_generated_models_with_masks_have_the_tables_that_keras_prints() -> None:
    for seed in range(40):
        same(generated(seed))


@pytest.mark.wide
def test_many_generated_models_with_masks_have_the_tables_that_keras_prints() -> None:
    for seed in range(1000, 1300):
        same(generated(seed))
