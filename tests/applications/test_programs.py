"""Programs of transfer learning through the interpreter: whole tables and totals against real Keras."""

from __future__ import annotations

from typing import Any

import pytest

from applications.tables import FUNCTIONAL, PREPARED, WITHOUT_WEIGHTS
from judge.programs import judge
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.report.machine import summary_document
from kerascope.text.source import Source

HEAD = (
    "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n"
    "from tensorflow.keras.applications import *\nfrom tensorflow.keras.applications.vgg16 import VGG16\n"
)

PROGRAMS = {
    "a frozen base under a head": """
base = tf.keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False, weights='imagenet')
base.trainable = False
inputs = tf.keras.Input(shape=(96, 96, 3))
x = tf.keras.applications.mobilenet_v2.preprocess_input(inputs)
x = base(x, training=False)
x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
model = keras.Model(inputs, layers.Dense(1)(x))
""",
    "all but the last layers frozen, in a stack": """
base = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(64, 64, 3), pooling='avg')
for layer in base.layers[:-20]:
    layer.trainable = False
model = keras.Sequential([base, layers.Dense(16, activation='relu'), layers.Dense(5, activation='softmax')])
""",
    "all but batch normalization thawed": """
inputs = layers.Input(shape=(64, 64, 3))
base = EfficientNetB0(include_top=False, input_tensor=inputs, weights=None)
base.trainable = False
x = layers.BatchNormalization()(layers.GlobalAveragePooling2D(name='avg_pool')(base.output))
model = keras.Model(inputs, layers.Dense(3, activation='softmax', name='pred')(x), name='EfficientNet')
for layer in model.layers[-20:]:
    if not isinstance(layer, layers.BatchNormalization):
        layer.trainable = True
""",
    "one block trained, by name": """
base = VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
for layer in base.layers:
    layer.trainable = layer.name.startswith('block5')
x = layers.Dense(16, activation='relu')(layers.Flatten()(base.output))
model = keras.models.Model(inputs=base.input, outputs=layers.Dense(1, activation='sigmoid')(x))
""",
    "several outputs of the base": """
base = ResNet50(weights=None, include_top=False, input_shape=(64, 64, 3))
names = ['conv2_block3_out', 'conv3_block4_out', 'conv4_block6_out', 'conv5_block3_out']
model = keras.Model(inputs=[base.inputs], outputs=[base.get_layer(name).output for name in names])
""",
    "a network of skips": """
base = tf.keras.applications.MobileNetV2(input_shape=[64, 64, 3], include_top=False, weights=None)
names = ['block_1_expand_relu', 'block_3_expand_relu', 'block_6_expand_relu', 'block_16_project']
down = tf.keras.Model(inputs=base.input, outputs=[base.get_layer(name).output for name in names])
down.trainable = False
inputs = tf.keras.layers.Input(shape=[64, 64, 3])
*skips, x = down(inputs)
for skip, filters, strides in zip(reversed(skips), (16, 8, 4), (4, 2, 2)):
    x = layers.Concatenate()([layers.Conv2DTranspose(filters, 3, strides=strides, padding='same')(x), skip])
model = tf.keras.Model(inputs=inputs, outputs=layers.Conv2DTranspose(3, 3, strides=2, padding='same')(x))
""",
    "added to a stack, frozen afterwards": """
model = tf.keras.models.Sequential()
model.add(MobileNet(include_top=False, weights=None, input_shape=(32, 32, 3), alpha=0.5))
model.add(layers.GlobalMaxPooling2D())
model.add(layers.Dense(2))
model.layers[0].trainable = False
""",
    "layers by their place": """
base = keras.applications.DenseNet121(weights=None, input_shape=(32, 32, 3), classes=9)
model = keras.Model(inputs=base.inputs, outputs=layers.Dense(4)(base.layers[-2].output))
model.trainable = False
for layer in model.layers[-3:]:
    layer.trainable = True
""",
    "colours reordered before a nested model": """
base = keras.applications.resnet.ResNet50(weights='imagenet', input_shape=(64,) * 2 + (3,), include_top=False)
x = layers.BatchNormalization()(layers.Dense(8)(layers.Flatten()(base.output)))
embedding = keras.Model(base.input, layers.Dense(5)(x), name='Embedding')
trainable = False
for layer in base.layers:
    if layer.name == 'conv5_block1_out':
        trainable = True
    layer.trainable = trainable
image = keras.Input(name='anchor', shape=(64, 64, 3))
model = keras.Model(image, embedding(keras.applications.resnet.preprocess_input(image)))
""",
    "colours scaled in the model": """
image = keras.Input((32, 32, 3))
base = keras.applications.DenseNet121(weights=None, include_top=False, input_shape=(32, 32, 3))
model = keras.Model(image, base(keras.applications.densenet.preprocess_input(image)))
""",
    "on a tensor in the middle of a model": """
image = keras.Input((32, 32, 3))
x = layers.Rescaling(1 / 255.0)(layers.RandomFlip()(image))
model = keras.applications.MobileNetV3Small(input_tensor=x, weights=None, include_top=False, pooling='max')
""",
    "the second half of a model": """
base = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(64, 64, 3))
model = keras.Model(inputs=base.get_layer('conv_pw_5_relu').output, outputs=base.output)
""",
    "the middle of a model, called": """
base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
middle = keras.Model(base.get_layer('block3_conv1').input, base.get_layer('block4_pool').output, name='middle')
image = keras.Input((16, 16, 128))
model = keras.Model(image, layers.Dense(2)(middle(image)))
""",
    "layers moved into a stack": """
base = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=10)
model = keras.Sequential()
for layer in base.layers[:-1]:
    model.add(layer)
model.add(layers.Dense(2))
""",
    "renamed behind Keras's back": """
base = keras.applications.MobileNet(weights=None, include_top=False, pooling='avg', input_shape=(32, 32, 3))
base._name = 'backbone'
image = keras.Input((32, 32, 3))
model = keras.Model(image, layers.Dense(2)(base(image)))
""",
    "automatic names go on behind a model": """
layers.Conv2D(2, 3)
base = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(80, 80, 3))
x = layers.BatchNormalization()(layers.Conv2D(4, 1)(base.output))
model = keras.Model(base.input, layers.Activation('relu')(x))
""",
}


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("program", list(PROGRAMS))
def test_a_program_has_the_tables_of_real_keras(program: str, major: int) -> None:
    code = HEAD + PROGRAMS[program]
    setting = WITHOUT_WEIGHTS[major] + FUNCTIONAL[major] + PREPARED
    ran = judge(major).run(setting + code, "model")
    assert ran.error is None, ran.error
    own = table(code, major)
    real = ran.tables["model"]
    if major == 3:
        # Keras 3 numbers all tensors of a process, and names an input after the tensor that it stands for.
        real["rows"] = [["?" if row[0].endswith("CLONE") else row[0], *row[1:]] for row in real["rows"]]
    assert own == real


def table(code: str, major: int) -> dict[str, Any]:
    """Rows and totals of the last model that the program calls ``model``."""
    analysis = analyse(Source("program.py", code), Options(keras=str(major)))
    (document,) = summary_document([("program.py", analysis)])["files"]
    model = [found for found in document["models"] if found["variable"] == "model"][-1]
    rows = [[row["name"], row["class"], row["output_shape"], row["params"]] for row in model["layers"]]
    totals = ("total_params", "trainable_params", "non_trainable_params")
    return {"rows": rows, "totals": [model[total] for total in totals]}


UNKNOWN_TRAINING = """
import random
base = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(32, 32, 3))
base.layers[random.randrange(9)].trainable = False
model = keras.Sequential([base, layers.Dense(2)])
"""


def test_what_may_be_frozen_is_counted_on_neither_side() -> None:
    total, trainable, frozen = table(HEAD + UNKNOWN_TRAINING, 3)["totals"]
    assert total == 3_230_914
    assert (trainable, frozen) == ("?", "?")


@pytest.mark.parametrize(
    "call",
    (
        "keras.applications.InceptionV3(include_top=False, weights=None, pooling=anything())",
        "keras.applications.InceptionV3(**anything())",
        "keras.applications.Xception(input_shape=anything(), weights=None)",
    ),
)
def test_an_unknown_application_stays_unknown_and_so_do_the_names_behind_it(call: str) -> None:
    code = (
        f"from somewhere import anything\nbase = {call}\nimage = keras.Input((75, 75, 3))\n"
        "x = layers.Conv2D(3, 1)(image)\nmodel = keras.Model(image, [x, base(image)])\n"
    )
    rows = table(HEAD + code, 3)["rows"]
    assert ["?", "Conv2D", [None, 75, 75, 3], 12] in rows
    assert ["?", "Functional", "?", "?"] in rows
