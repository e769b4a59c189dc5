"""Keras programs of any length for the benchmarks: the same text for the same length, on every machine.

A program reads like one that grew over months: data pipelines, models in all three styles, training code, metrics and
comments, with names and sizes of its own in each part. It is legal Python; some layers get the
deprecated `input_shape`, so that there are findings to publish, and now and then a loss does not fit its output.
"""

from __future__ import annotations

import argparse
import random
import string
import sys
from dataclasses import dataclass

TYPED = 'x = layers.Conv2D(filters=48, kernel_size=(3, 3), padding="same", activation="relu")(x)'
"""The line that the benchmarks type, which is legal where ``Program.line`` is."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program's text; ``line`` is the 0-based line before which ``TYPED`` fits, ``indent`` its indentation."""

    text: str
    line: int
    indent: str


_HEADER = '''\
"""Experiments on satellite tiles: data, models and training in one module."""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

SEED = 1337
BATCH_SIZE = 32
IMAGE_SIZE = (64, 64)
NUM_CLASSES = 10
CHECKPOINTS = Path("checkpoints")

keras.utils.set_random_seed(SEED)


'''

_EDITED = '''\
def build_edited_model(size=64, classes=NUM_CLASSES):
    """The model that is being worked on."""
    inputs = keras.Input(shape=(size, size, 3))
    x = layers.Rescaling(1.0 / 255)(inputs)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="edited")


edited = build_edited_model()
edited.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])


'''
_EDITED_LINE = 5  # before MaxPooling2D

_PARTS = (
    '''\
def load_${noun}(root, split="train"):
    """Reads one split of the ${noun} data as arrays of images and labels."""
    images, labels = [], []
    folder = Path(root) / "${noun}" / split
    for path in sorted(folder.glob("*.npz")):
        # Files that are too small were cut off while they were written.
        if path.stat().st_size < ${large}:
            continue
        with np.load(path) as archive:
            images.append(archive["image"].astype("float32") / 255.0)
            labels.append(int(archive["label"]))
    if not images:
        raise FileNotFoundError(f"no ${noun} data in {folder}")
    return np.stack(images), np.array(labels, dtype="int64")


''',
    '''\
def make_${noun}_dataset(images, labels, training=False):
    """Batches with augmentation for training, and without it otherwise."""
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    if training:
        dataset = dataset.shuffle(buffer_size=${large}, seed=SEED)
    dataset = dataset.map(
        lambda image, label: (tf.image.resize(image, IMAGE_SIZE), label),
        num_parallel_calls=tf.data.AUTOTUNE,
    )
    dataset = dataset.batch(BATCH_SIZE, drop_remainder=training)
    return dataset.prefetch(tf.data.AUTOTUNE)


''',
    """\
${noun}_classifier = keras.Sequential(
    [
        keras.Input(shape=(${side}, ${side}, 3)),
        layers.Conv2D(${few}, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(${some}, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.${digit}),
        layers.Dense(${many}, activation="relu"),
        layers.Dense(${classes}, activation="softmax"),
    ],
    name="${noun}_classifier",
)
${noun}_classifier.compile(
    optimizer=keras.optimizers.Adam(learning_rate=${digit}e-4),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

""",
    '''\
def ${noun}_block(x, filters, stride=1, name="${noun}"):
    """Two convolutions and a shortcut; the shortcut is projected where the shape changes."""
    shortcut = x
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", name=name + "_conv1")(x)
    x = layers.BatchNormalization(name=name + "_norm1")(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(filters, 3, padding="same", name=name + "_conv2")(x)
    x = layers.BatchNormalization(name=name + "_norm2")(x)
    if stride != 1 or shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, name=name + "_project")(shortcut)
    x = layers.Add()([x, shortcut])
    return layers.ReLU()(x)


def build_${noun}_network(size=${side}, width=${few}, classes=${classes}):
    """A small residual network for ${noun} tiles."""
    inputs = keras.Input(shape=(size, size, 3))
    x = layers.Conv2D(width, 3, padding="same", activation="relu")(inputs)
    for stage, factor in enumerate((1, 2, 4)):
        x = ${noun}_block(x, width * factor, stride=1 if stage == 0 else 2, name=f"stage{stage}")
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.${digit})(x)
    outputs = layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="${noun}_network")


${noun}_network = build_${noun}_network()
${noun}_network.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])


''',
    '''\
class ${title}Attention(layers.Layer):
    """Weighs the steps of a sequence by what each says about ${noun}."""

    def __init__(self, units=${some}, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.project = layers.Dense(units, activation="tanh")
        self.score = layers.Dense(1)

    def call(self, inputs):
        weights = tf.nn.softmax(self.score(self.project(inputs)), axis=1)
        return tf.reduce_sum(weights * inputs, axis=1)

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config


''',
    '''\
def build_${noun}_tagger(vocabulary=${large}, length=${many}, tags=${classes}):
    """Reads the captions of ${noun} tiles word by word."""
    tokens = keras.Input(shape=(length,), dtype="int32", name="tokens")
    x = layers.Embedding(vocabulary, ${some})(tokens)
    x = layers.Bidirectional(layers.LSTM(${few}, return_sequences=True))(x)
    x = layers.TimeDistributed(layers.Dense(${some}, activation="relu"))(x)
    # One tag for each word, not for the caption.
    outputs = layers.Dense(tags, activation="softmax")(x)
    model = keras.Model(tokens, outputs)
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
    return model


${noun}_tagger = build_${noun}_tagger(length=${side})


''',
    '''\
def build_${noun}_autoencoder():
    """Learns ${noun} tiles without labels."""
    encoder = keras.Sequential(name="${noun}_encoder")
    encoder.add(keras.Input(shape=(${side}, ${side}, 1)))
    encoder.add(layers.Conv2D(${few}, 3, strides=2, padding="same", activation="relu"))
    encoder.add(layers.Conv2D(${some}, 3, strides=2, padding="same", activation="relu"))
    decoder = keras.Sequential(name="${noun}_decoder")
    decoder.add(layers.Conv2DTranspose(${some}, 3, strides=2, padding="same", activation="relu"))
    decoder.add(layers.Conv2DTranspose(${few}, 3, strides=2, padding="same", activation="relu"))
    decoder.add(layers.Conv2D(1, 3, padding="same", activation="sigmoid"))
    inputs = keras.Input(shape=(${side}, ${side}, 1))
    autoencoder = keras.Model(inputs, decoder(encoder(inputs)))
    autoencoder.compile(optimizer="adam", loss="mse")
    return autoencoder


''',
    '''\
def train_${noun}(model, train, validation, epochs=${few}):
    """Fits a model and keeps the weights that did best on the validation split."""
    folder = CHECKPOINTS / "${noun}"
    os.makedirs(folder, exist_ok=True)
    callbacks = [
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=${digit}, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(factor=0.${digit}, patience=2),
        keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True),
    ]
    history = model.fit(train, validation_data=validation, epochs=epochs, callbacks=callbacks)
    with open(folder / "history.json", "w", encoding="utf-8") as stream:
        json.dump({key: [float(value) for value in values] for key, values in history.history.items()}, stream)
    return history


''',
    """\
# ${title}: a table of measurements beside the images, ${digit} runs each.
# The figures were taken on the old cluster and are kept for comparison only.
${noun}_features = np.random.rand(${large}, ${few}).astype("float32")
${noun}_targets = np.random.rand(${large}, 1).astype("float32")
${noun}_regressor = keras.Sequential(
    [
        layers.Dense(${many}, activation="relu", input_shape=(${few},)),
        layers.BatchNormalization(),
        layers.Dense(${some}, activation="relu"),
        layers.Dense(1),
    ]
)
${noun}_regressor.compile(optimizer="adam", loss="mse", metrics=["mae"])
${noun}_regressor.fit(${noun}_features, ${noun}_targets, batch_size=BATCH_SIZE, epochs=${digit}, verbose=0)


""",
    '''\
def evaluate_${noun}(model, dataset):
    """Precision and recall for each class, and the confusion matrix they come from."""
    matrix = np.zeros((NUM_CLASSES, NUM_CLASSES), dtype="int64")
    for images, labels in dataset:
        predicted = np.argmax(model.predict(images, verbose=0), axis=-1)
        for truth, guess in zip(labels, predicted):
            matrix[int(truth), int(guess)] += 1
    precision, recall = {}, {}
    for index in range(NUM_CLASSES):
        found = matrix[:, index].sum()
        present = matrix[index].sum()
        precision[index] = float(matrix[index, index] / found) if found else 0.0
        recall[index] = float(matrix[index, index] / present) if present else 0.0
    return {"precision": precision, "recall": recall, "matrix": matrix.tolist()}


''',
    '''\
class ${title}Model(keras.Model):
    """A ${noun} classifier with a training step of its own."""

    def __init__(self, classes=${classes}):
        super().__init__()
        self.stem = layers.Conv2D(${few}, 3, activation="relu")
        self.pool = layers.GlobalMaxPooling2D()
        self.head = layers.Dense(classes)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, inputs, training=False):
        x = self.stem(inputs)
        x = self.pool(x)
        return self.head(x)

    def train_step(self, data):
        images, labels = data
        with tf.GradientTape() as tape:
            logits = self(images, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


''',
)

_MISTAKE = """\
# Whether there is any ${noun} on a tile at all.
${noun}_detector = keras.Sequential(
    [
        keras.Input(shape=(${side}, ${side}, 3)),
        layers.Conv2D(${few}, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1),
    ]
)
${noun}_detector.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])


"""
_MISTAKE_EVERY = 12  # parts

_NOUNS = (
    "river", "forest", "harbour", "road", "field", "glacier", "desert", "island", "bridge", "orchard", "quarry",
    "village", "meadow", "canal", "railway", "reservoir", "vineyard", "marsh", "dune", "lagoon",
)  # fmt: skip


def _filled(template: str, number: int, chance: random.Random) -> str:
    noun = _NOUNS[number % len(_NOUNS)]
    if number >= len(_NOUNS):
        noun += f"_{number // len(_NOUNS)}"
    return string.Template(template).substitute(
        noun=noun,
        title="".join(word.capitalize() for word in noun.split("_")),
        few=chance.choice((8, 12, 16, 24)),
        some=chance.choice((32, 48, 64)),
        many=chance.choice((96, 128, 256)),
        large=chance.choice((1000, 2048, 5000, 10000)),
        side=chance.choice((32, 48, 64)),
        classes=chance.choice((5, 7, 10, 12)),
        digit=chance.choice((2, 3, 4, 5)),
    )


def program(lines: int) -> Program:
    """A program of exactly ``lines`` lines, 60 at least, with the place for ``TYPED`` near its middle."""
    chance = random.Random(lines)
    pieces = [_HEADER]
    length = _HEADER.count("\n")
    edited_at = -1
    number = 0
    order: list[str] = []
    while True:
        if edited_at < 0 and length >= lines // 2 - _EDITED.count("\n"):
            edited_at = length
            piece = _EDITED
        elif number % _MISTAKE_EVERY == _MISTAKE_EVERY - 1:
            piece = _filled(_MISTAKE, number, chance)
            number += 1
        else:
            if not order:
                order = list(_PARTS)
                chance.shuffle(order)
            piece = _filled(order.pop(), number, chance)
            number += 1
        if length + piece.count("\n") > lines:
            break
        pieces.append(piece)
        length += piece.count("\n")
    # What is left is too little for another part, so notes fill it.
    pieces += [f"# To do: note {index + 1} of the review.\n" for index in range(lines - length)]
    return Program("".join(pieces), edited_at + _EDITED_LINE, "    ")


def main() -> int:
    """Writes one program to standard output."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("lines", type=int)
    sys.stdout.write(program(parser.parse_args().lines).text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
