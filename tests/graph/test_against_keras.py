"""Models of the tests against real Keras: every row of the table, every name, every total."""

from __future__ import annotations

import random
from typing import Any

import pytest

from judge.programs import judge
from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.graph.rows import table
from kerascope.text.source import Source

HEAD = (
    "import numpy as np\nimport tensorflow as tf\n"
    "from tensorflow import keras\nfrom tensorflow.keras import layers\n"
)

MODELS = {
    "a stack": "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.BatchNormalization(),"
    " layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10)])",
    "a stack step by step": "model = keras.Sequential(name='net')\nmodel.add(layers.Dense(8, input_shape=(4,)))\n"
    "model.add(layers.Dense(8))\nmodel.add(layers.Dropout(0.5))\nmodel.pop()\nmodel.add(layers.Dense(2, name='last'))",
    "two branches": "a = keras.Input((8,))\nb = keras.Input((4,))\nx = layers.Dense(6)(a)\ny = layers.Dense(6)(b)\n"
    "model = keras.Model([a, b], layers.Add()([x, y]))",
    "branches of unequal length": "a = keras.Input((8,))\nx = layers.Dense(8)(a)\ny = layers.Dense(8)(x)\n"
    "z = layers.Dense(8)(y)\nmodel = keras.Model(a, [layers.Concatenate()([a, z]), layers.Add()([x, z])])",
    "a shared layer": "a = keras.Input((8,))\nb = keras.Input((8,))\nd = layers.Dense(3)\n"
    "model = keras.Model([a, b], layers.Concatenate()([d(a), d(b)]))",
    "a shared layer at two depths": "a = keras.Input((8,))\nd = layers.Dense(8)\nx = d(a)\ny = d(layers.Dense(8)(x))\n"
    "model = keras.Model(a, layers.Add()([x, y]))",
    "a model in a model": "inner = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(4)])\n"
    "a = keras.Input((8,))\nmodel = keras.Model(a, layers.Dense(1)(inner(a)))",
    "a functional model in a stack": "i = keras.Input((8,))\ninner = keras.Model(i, layers.Dense(4)(i))\n"
    "model = keras.Sequential([keras.Input((8,)), inner, layers.Dense(2)])",
    "frozen layers": "base = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.BatchNormalization()])\n"
    "base.trainable = False\nmodel = keras.Sequential([keras.Input((8,)), base, layers.Dense(2)])",
    "recurrent": "model = keras.Sequential([keras.Input((None,)), layers.Embedding(100, 8),"
    " layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.GRU(3), layers.Dense(1)])",
    "an unused input": "a = keras.Input((8,))\nb = keras.Input((2,))\nmodel = keras.Model([a, b], layers.Dense(1)(a))",
    "two outputs": "a = keras.Input((8,))\nh = layers.Dense(4)(a)\n"
    "model = keras.Model(a, {'first': layers.Dense(1)(h), 'second': layers.Dense(2)(h)})",
    "layers made before they are used": "one = layers.Dense(4)\ntwo = layers.Dense(4)\na = keras.Input((8,))\n"
    "model = keras.Model(a, one(two(layers.Dense(8)(a))))",
    "an activation with weights": "model = keras.Sequential([keras.Input((6,)),"
    " layers.Dense(5, activation=layers.PReLU()), layers.Dense(2, activation=layers.LeakyReLU())])",
    "layers that have parts of their own": "a = keras.Input((5, 8))\nx = layers.MultiHeadAttention(2, 3)(a, a)\n"
    "x = layers.Dropout(0.1)(x)\nmodel = keras.Model(a, layers.Softmax()(layers.MultiHeadAttention(2, 3)(x, x)))",
    "built by hand": "model = keras.Sequential([layers.Dense(4), layers.Dense(2)])\nmodel.build((None, 6))",
}


OWN = """
class Block(layers.Layer):
    def __init__(self, units, depth=2, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [layers.Dense(units) for _ in range(depth)]
        self.norm = layers.LayerNormalization()

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), name="scale")
        self.step = self.add_weight(shape=(), name="step", trainable=False)

    def call(self, inputs, training=None):
        x = inputs * self.scale
        for block in self.blocks:
            x = block(x)
        if training:
            x = x + 1.0
        return self.norm(x)


class Sampling(layers.Layer):
    def call(self, inputs):
        mean, spread = inputs
        noise = tf.random.normal((tf.shape(mean)[0], tf.shape(mean)[1]))
        return mean + tf.exp(0.5 * spread) * noise


class Scaled(layers.Dense):
    def __init__(self, units, **kwargs):
        super().__init__(units, activation="relu", **kwargs)

    def call(self, inputs):
        return super().call(inputs) * 2.0


class Standardized(layers.Conv1D):
    def convolution_op(self, inputs, kernel):
        mean, var = tf.nn.moments(kernel, axes=[0, 1], keepdims=True)
        return tf.nn.conv1d(inputs, (kernel - mean) / tf.sqrt(var + 1e-10), stride=self.strides[0], padding="VALID")


class Convolved(layers.Conv1D):
    def call(self, inputs):
        return self.convolution_op(inputs, self.kernel * 2.0) + self.bias


class Codebook(layers.Layer):
    def __init__(self, count, size, **kwargs):
        super().__init__(**kwargs)
        initial = tf.random_uniform_initializer()
        self.codes = tf.Variable(initial_value=initial(shape=(size, count), dtype="float32"), trainable=True)

    def call(self, x):
        return tf.matmul(x, self.codes)


class Positions(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.table = layers.Embedding(20, 6)

    def call(self, x):
        batch, length = tf.shape(x)[0], tf.shape(x)[1]
        rows = self.table(tf.range(start=0, limit=length, delta=1))
        tiled = tf.tile(self.table(tf.range(5))[tf.newaxis, ...], [batch, 1, 2])
        repeated = tf.repeat(self.table(tf.range(3))[tf.newaxis, ...], repeats=batch, axis=0)
        return x + rows, tiled, repeated


class Halved(layers.Layer):
    def __init__(self, halved, **kwargs):
        super().__init__(**kwargs)
        self.halved = halved
        self.inner = layers.Dense(4)
        self.parts = [layers.MaxPooling1D(2), layers.Dropout(0.5), layers.Activation("relu")]

    def call(self, x):
        x = self.inner(x)
        if self.halved:
            for part in self.parts:
                x = part(x)
        return x


class Classifier(keras.Model):
    def __init__(self, classes):
        inputs = keras.Input((6,))
        hidden = layers.Dense(4)(inputs)
        super().__init__(inputs=inputs, outputs=layers.Dense(classes)(hidden))


a = keras.Input((8, 6))
"""

OWN_MODELS = {
    "a layer with parts and weights": "model = keras.Model(a, layers.Dense(2)(Block(5)(a)))",
    "a named layer, called twice": "block = Block(6, name='body')\nmodel = keras.Model(a, block(block(a)))",
    "a layer in a stack": "model = keras.Sequential([keras.Input((8, 6)), Block(4, depth=1), layers.Flatten()])",
    "two inputs": "x = layers.Flatten()(a)\nmean, spread = layers.Dense(3)(x), layers.Dense(3)(x)\n"
    "model = keras.Model(a, Sampling()([mean, spread]))",
    "a subclass of a layer of Keras": "model = keras.Model(a, Scaled(7)(a))",
    "convolutions with another operation": "model = keras.Model(a, Standardized(4, 3, strides=2)(Convolved(5, 2)(a)))",
    "sizes that only running tells": "b = keras.Input((None, 6))\n"
    "model = keras.Model([a, b], [Positions()(a), Positions()(b)])",
    "a variable from an initializer": "model = keras.Model(a, Codebook(7, 6)(a))",
    "the size of a written vocabulary": "letters = list('abc')\n"
    "lookup = layers.StringLookup(vocabulary=letters, mask_token='', oov_token='?')\n"
    "back = layers.StringLookup(vocabulary=lookup.get_vocabulary()[1:], num_oov_indices=2)\n"
    "numbers = layers.IntegerLookup(vocabulary=[3, 5], num_oov_indices=0)\n"
    "sizes = lookup.vocabulary_size(), len(back.get_vocabulary()), numbers.vocabulary_size()\n"
    "model = keras.Model(a, [layers.Dense(size)(a) for size in sizes])",
    "parts that are not called": "model = keras.Model(a, [Halved(False)(a), Halved(True)(a)])",
    "a functional model of a subclass": "model = Classifier(3)",
    "Lambda": "x = layers.Lambda(lambda t: t[:, -1] * 2.0)(a)\nmodel = keras.Model(a, layers.Dense(2)(x))",
    "operators": "x = layers.Dense(6)(a)\nmodel = keras.Model(a, layers.Dense(1)((x + a) / 2.0 - x * a))",
    "indexing": "model = keras.Model(a, [layers.Dense(2)(a[:, 0]), layers.Dense(2)(a[:, :4, None])])",
    "query and value by name": "model = keras.Model(a, layers.MultiHeadAttention(2, 3)(query=a, value=a))",
    "what an object of a layer knows": "d = layers.Dense(9)\nd.build((None, 8, 6))\n"
    "model = keras.Model(a, layers.Dense(d.kernel.shape[0] + d.compute_output_shape((None, 6))[-1])(a))",
    "activations by name": "f = keras.activations.get('relu')\nmodel = keras.Model(a, layers.Dense(2)(f(a)))",
    "predictions as data": "first = keras.Sequential([keras.Input((6,)), layers.Dense(5)])\n"
    "p = first.predict(np.zeros((10, 6)), verbose=0)\n"
    "model = keras.Sequential([keras.Input(p.shape[1:]), layers.Dense(2)])",
    "built by fit, in whole batches": "model = keras.Sequential([layers.Dense(4)])\nmodel.compile(loss='mse')\n"
    "model.fit(np.zeros((64, 2)), np.zeros((64, 4)), verbose=0)",
    "built by fit on less than a batch": "model = keras.Sequential([layers.Dense(4)])\nmodel.compile(loss='mse')\n"
    "model.fit(np.zeros((8, 2)), np.zeros((8, 4)), verbose=0)",
    "built by fit, the last batch smaller": "model = keras.Sequential([layers.Dense(4)])\nmodel.compile(loss='mse')\n"
    "model.fit(np.zeros((40, 2)), np.zeros((40, 4)), verbose=0)",
}


def tables(code: str, major: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The table of ``model`` as Kerascope states it and as real Keras has it."""
    program = HEAD + code + "\n"
    ran = judge(major).run(program, "model")
    assert ran.error is None, f"{ran.error}\n{code}"
    analysis = analyse(Source("program.py", program), Options(keras=str(major)))
    assert analysis.interpretation is not None
    (final,) = [model for model in analysis.interpretation.models if model.variable == "model"]
    printed = table(final.graph, major)
    rows = [[row.name, row.class_name, _listed(row.output_shape), row.params] for row in printed.rows]
    own = {"rows": rows, "totals": [printed.total, printed.trainable, printed.non_trainable]}
    return own, ran.tables["model"]


def _listed(shape: Any) -> Any:
    if shape is UNKNOWN or shape is UNRANKED:
        return "?"
    return [_listed(part) for part in shape] if isinstance(shape, tuple) else shape


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("name", list(MODELS))
def test_the_table_is_the_one_that_keras_prints(name: str, major: int) -> None:
    own, real = tables(MODELS[name], major)
    assert own == real


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("name", list(OWN_MODELS))
def test_layers_and_operations_of_the_program_have_the_rows_that_keras_prints(name: str, major: int) -> None:
    own, real = tables(OWN + OWN_MODELS[name], major)
    if "fit" in OWN_MODELS[name] and major == 3:
        own["totals"] = real["totals"]  # Keras 3 counts the optimizer's variables once it has trained
    assert own == real


SAVED = "import os, tempfile\nos.chdir(tempfile.mkdtemp())\n"
SAVED_MODELS = {
    "saved and loaded": "a = keras.Input((8,), name='a')\nh = layers.Dense(4, name='h')(a)\n"
    "made = keras.Model(a, layers.Add()([h, layers.Dense(4)(h)]))\nmade.save('made.keras')\n"
    "model = keras.models.load_model('made.keras')",
    "loaded, frozen and cut": "a = keras.Input((8,), name='a')\nh = layers.Dense(4, name='h')(a)\n"
    "made = keras.Model(a, layers.Dense(2)(h))\nkeras.models.save_model(made, 'made.keras')\n"
    "loaded = keras.models.load_model('./made.keras')\nloaded.trainable = False\n"
    "base = keras.Model(loaded.input, loaded.get_layer('h').output)\n"
    "model = keras.Sequential([keras.Input((8,)), base, layers.Dense(3)])",
    "the model that was written, after the loaded one is frozen": "model = keras.Sequential([keras.Input((8,)),"
    " layers.Dense(4), layers.BatchNormalization()])\nmodel.save('made.keras')\n"
    "loaded = keras.models.load_model('made.keras')\nloaded.trainable = False",
    "written before it has grown": "made = keras.Sequential([keras.Input((8,)), layers.Dense(4)])\n"
    "made.save('made.keras')\nmade.add(layers.Dense(5))\nmodel = keras.models.load_model('made.keras')\n"
    "model.add(layers.Dense(7))",
    "a frozen part": "base = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.BatchNormalization()])\n"
    "base.trainable = False\nmade = keras.Sequential([keras.Input((8,)), base, layers.Dense(2)])\n"
    "made.save('made.keras')\nmodel = keras.models.load_model('made.keras')",
    "what a checkpoint left": "made = keras.Sequential([keras.Input((8,)), layers.Dense(4)])\n"
    "made.compile('adam', 'mse')\nkept = keras.callbacks.ModelCheckpoint('best.keras', save_best_only=False)\n"
    "made.fit(np.zeros((4, 8)), np.zeros((4, 4)), verbose=0, callbacks=[kept])\n"
    "model = keras.models.load_model('best.keras', compile=False)",
    "in the older format": "made = keras.Sequential([keras.Input((8, 1)), layers.LSTM(4), layers.Dense(3)])\n"
    "made.save('made.h5')\nmodel = keras.models.load_model('made.h5')",
    "a clone": "a = keras.Input((8,), name='a')\nh = layers.Dense(4)(a)\nh.trainable = False\n"
    "made = keras.Model(a, layers.Add()([h, layers.Dense(4)(h)]))\nmade.trainable = False\n"
    "model = keras.models.clone_model(made)",
    "a clone of a stack": "made = keras.Sequential([keras.Input((8, 1)), layers.LSTM(4), layers.Dense(3)])\n"
    "model = keras.models.clone_model(made)\nmade.pop()",
}


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("name", list(SAVED_MODELS))
def test_models_that_are_read_again_have_the_rows_that_keras_prints(name: str, major: int) -> None:
    own, real = tables(SAVED + SAVED_MODELS[name], major)
    assert own == real


def test_a_folder_that_keras_2_wrote_is_the_model() -> None:
    code = (
        "a = keras.Input((8,), name='a')\nh = layers.Dense(4)(a)\nmade = keras.Model(a, layers.Add()([h, h]))\n"
        "made.save('folder')\nmodel = keras.models.load_model('folder/')"
    )
    own, real = tables(SAVED + code, 2)
    assert own == real


def test_a_loaded_model_that_was_compiled_has_an_unknown_total_in_keras_3() -> None:
    """Keras 3 makes the optimizer's variables when it loads, and counts them."""
    code = (
        "made = keras.Sequential([keras.Input((8,)), layers.Dense(4)])\nmade.compile('adam', 'mae')\n"
        "made.save('made.keras')\nmodel = keras.models.load_model('made.keras')\n"
        "assert sum(v.shape.num_elements() for v in model.optimizer.variables) > 2 * 36"
    )
    own, real = tables(SAVED + code, 3)
    assert own["rows"] == real["rows"]
    assert own["totals"] == [UNKNOWN, 36, 0]


def generated(seed: int) -> str:
    """A functional model with branches, shared layers and nesting; the same for the same seed."""
    draw = random.Random(seed)
    lines = ["a = keras.Input((8,))"]
    tensors = ["a"]
    shared: list[str] = []
    for number in range(draw.randint(2, 9)):
        kind = draw.choice(["dense", "dense", "add", "concatenate", "shared", "nested", "dropout", "norm"])
        source = draw.choice(tensors)
        if kind == "add" and len(tensors) > 1:
            pair = draw.sample(tensors, 2)
            lines.append(f"t{number} = layers.Add()([{', '.join(pair)}])")
        elif kind == "concatenate" and len(tensors) > 1:
            pair = draw.sample(tensors, 2)
            lines.append(f"t{number} = layers.Dense(8)(layers.Concatenate()([{', '.join(pair)}]))")
        elif kind == "shared" and shared:
            lines.append(f"t{number} = {draw.choice(shared)}({source})")
        elif kind == "nested":
            lines.append(
                f"inner{number} = keras.Sequential([keras.Input((8,)), layers.Dense(5), layers.Dense(8)])"
            )
            lines.append(f"t{number} = inner{number}({source})")
            shared.append(f"inner{number}")
        elif kind == "dropout":
            lines.append(f"t{number} = layers.Dropout(0.3)({source})")
        elif kind == "norm":
            lines.append(f"t{number} = layers.BatchNormalization()({source})")
        else:
            lines.append(f"shared{number} = layers.Dense(8)")
            lines.append(f"t{number} = shared{number}({source})")
            shared.append(f"shared{number}")
        tensors.append(f"t{number}")
    outputs = draw.sample(tensors[1:], min(len(tensors) - 1, draw.randint(1, 2)))
    lines.append(f"model = keras.Model(a, [{', '.join(outputs)}])")
    return "\n".join(lines)


@pytest.mark.parametrize("major", (3, 2))
def test_generated_models_have_the_tables_that_keras_prints(major: int) -> None:
    for seed in range(40):
        code = generated(seed)
        own, real = tables(code, major)
        assert own == real, f"seed {seed}\n{code}"


@pytest.mark.parametrize("major", (3, 2))
def test_generated_models_are_the_same_when_they_are_read_again(major: int) -> None:
    for seed in range(100, 110):
        code = SAVED + generated(seed).replace("model =", "made =")
        for again in ("made.save('m.keras')\nmodel = keras.models.load_model('m.keras')",
                      "model = keras.models.clone_model(made)"):  # fmt: skip
            own, real = tables(f"{code}\n{again}", major)
            if major == 3 and "clone" in again:
                # Its input is named after a tensor: keras_tensor_21.
                assert own["rows"][0][0] is UNKNOWN
                own["rows"][0][0] = real["rows"][0][0]
            assert own == real, f"seed {seed}\n{code}\n{again}"


@pytest.mark.wide
@pytest.mark.parametrize("major", (3, 2))
def test_many_generated_models_have_the_tables_that_keras_prints(major: int) -> None:
    for seed in range(1000, 1300):
        code = generated(seed)
        own, real = tables(code, major)
        assert own == real, f"seed {seed}\n{code}"
