"""Keras's settings against real Keras: a program that reads or changes them has the tables that Keras prints."""

from __future__ import annotations

import pytest

from graph.test_against_keras import HEAD, tables
from judge.programs import judge
from kerascope.domain.shapes import UNKNOWN
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.graph.rows import table
from kerascope.text.source import Source

ASKED = (
    "from keras import backend as K\nif K.image_data_format() == 'channels_first':\n    shape = (1, 28, 28)\n"
    "else:\n    shape = (28, 28, 1)\n"
)
MODELS = {
    "the order is asked for": f"{ASKED}model = keras.Sequential([keras.Input(shape), layers.Conv2D(4, 3)])",
    "the order of an application": "rows = 3 if keras.backend.image_data_format() == 'channels_last' else 1\n"
    "model = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, rows))",
    "channels first": "keras.backend.set_image_data_format('channels_first')\nmodel = keras.Sequential([\n"
    "    keras.Input((1, 28, 28)), layers.Conv2D(4, 3), layers.MaxPooling2D(), layers.ZeroPadding2D(),\n"
    "    layers.BatchNormalization(axis=1), layers.Conv2DTranspose(3, 2), layers.SpatialDropout2D(0.1),\n"
    "    layers.UpSampling2D(), layers.GlobalAveragePooling2D(), layers.Dense(3)])",
    "channels first, flattened": "keras.backend.set_image_data_format('channels_first')\n"
    "model = keras.Sequential([keras.Input((1, 9, 9)), layers.SeparableConv2D(4, 3), layers.Flatten(),"
    " layers.Dense(2)])",
    "channels first and asked for": f"keras.backend.set_image_data_format('channels_first')\n{ASKED}"
    "model = keras.Sequential([keras.Input(shape), layers.Conv2D(4, 3)])",
    "each layer as it was when it was made": "keras.backend.set_image_data_format('channels_first')\n"
    "first = layers.Conv2D(4, 3)\nkeras.backend.set_image_data_format('channels_last')\n"
    "a = keras.Input((9, 9, 9))\nmodel = keras.Model(a, layers.Conv2D(5, 2)(first(a)))",
    "an argument that says otherwise": "keras.backend.set_image_data_format('channels_first')\n"
    "model = keras.Sequential([keras.Input((9, 9, 2)), layers.Conv2D(4, 3, data_format='channels_last')])",
    "in a wrapper": "keras.backend.set_image_data_format('channels_first')\n"
    "a = keras.Input((5, 2, 9, 9))\nmodel = keras.Model(a, layers.TimeDistributed(layers.Conv2D(4, 3))(a))",
    "in a subclass": "class Own(layers.Conv2D):\n    pass\n\n\n"
    "keras.backend.set_image_data_format('channels_first')\n"
    "a = keras.Input((2, 9, 9))\nmodel = keras.Model(a, Own(4, 3)(a))",
    "the type of floats": "width = {'float32': 4, 'float64': 8}[keras.backend.floatx()]\n"
    "model = keras.Sequential([keras.Input((3,)), layers.Dense(width)])",
    "a policy": "keras.mixed_precision.set_global_policy('mixed_float16')\n"
    "a = keras.Input((3,))\nmodel = keras.Model(a, layers.Dense(4)(layers.Dropout(0.1)(a)))",
}


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("name", list(MODELS))
def test_the_table_is_the_one_that_keras_prints(name: str, major: int) -> None:
    code = (
        MODELS[name]
        if major == 3
        else MODELS[name].replace("from keras import", "from tensorflow.keras import")
    )
    own, real = tables(code, major)
    assert own == real


UNTOLD = {
    "either": "import sys\nif len(sys.argv) > 5:\n    keras.backend.set_image_data_format('channels_first')\n",
    "a value that is not known": "keras.backend.set_image_data_format(open('order').read())\n",
}


@pytest.mark.parametrize("name", list(UNTOLD))
def test_an_order_that_is_not_known_leaves_shapes_open(name: str) -> None:
    code = f"{HEAD}{UNTOLD[name]}model = keras.Sequential([keras.Input((1, 28, 28)), layers.Conv2D(4, 3)])\n"
    analysis = analyse(Source("program.py", code), Options(keras="3"))
    assert analysis.findings == ()
    assert analysis.interpretation is not None
    (final,) = analysis.interpretation.models
    (row,) = table(final.graph, 3).rows
    assert row.params is UNKNOWN


def test_images_of_a_data_set_stand_in_the_order_that_is_set() -> None:
    """`cifar10.load_data` puts the channels first (keras/src/datasets/cifar10.py); nothing is said of them then."""
    code = (
        f"{HEAD}keras.backend.set_image_data_format('channels_first')\n"
        "(x, y), _ = keras.datasets.cifar10.load_data()\n"
        "model = keras.Sequential([keras.Input((3, 32, 32)), layers.Flatten(),"
        " layers.Dense(10, 'softmax')])\n"
        "model.compile('adam', 'sparse_categorical_crossentropy')\nmodel.fit(x, y)\n"
    )
    assert analyse(Source("program.py", code), Options(keras="3")).findings == ()


@pytest.mark.parametrize("major", (3, 2))
def test_what_the_settings_are_by_themselves(major: int) -> None:
    ran = judge(major).run(
        f"{HEAD}K = keras.backend\nassert K.image_data_format() == 'channels_last'\nassert K.floatx() == 'float32'\n"
        "assert K.epsilon() == 1e-7\n"
    )
    assert ran.error is None


def test_the_names_of_keras_1_mean_the_same() -> None:
    """`th` stood for Theano's order, channels first, `tf` for TensorFlow's; no Keras that can be asked has them."""
    code = (
        f"{HEAD}keras.backend.set_image_dim_ordering('th')\n"
        "shape = (1, 9, 9) if keras.backend.image_dim_ordering() == 'th' else (9, 9, 1)\n"
        "model = keras.Sequential([keras.Input(shape), layers.Conv2D(4, 3)])\n"
    )
    interpretation = analyse(Source("program.py", code), Options(keras="2")).interpretation
    assert interpretation is not None
    (final,) = interpretation.models
    (row,) = table(final.graph, 2).rows
    assert row.output_shape == (None, 4, 7, 7)


def test_types_are_open_under_a_policy() -> None:
    code = (
        f"{HEAD}keras.mixed_precision.set_global_policy('mixed_float16')\n"
        "a = keras.Input((3,))\nx = layers.Dense(4)(a)\nmodel = keras.Model(a, x)\nassert x.dtype == 'float16'\n"
    )
    assert judge(3).run(code).error is None
    interpretation = analyse(Source("program.py", code), Options(keras="3")).interpretation
    assert interpretation is not None
    (final,) = interpretation.models
    assert final.graph.model.outputs.spec.dtype == ""
