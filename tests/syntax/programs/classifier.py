"""Sorts photographs of clothes with a small convolutional network.

The docstring holds what confuses a scanner: 'quotes', "more quotes", (brackets and a # sign.
"""

import argparse
from pathlib import Path

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

CLASSES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",  # worn in one piece
    "Coat",
]
IMAGE_SIZE = (28, 28)
OUTPUT = Path("models") / "clothes.keras"


def load_data(limit: int | None = None):
    """Images scaled to [0, 1] and their labels."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    if limit is not None:
        x_train, y_train = x_train[:limit], y_train[:limit]
        x_test, y_test = x_test[:limit], y_test[:limit]
    x_train = np.expand_dims(x_train, -1).astype("float32") / 255.0
    x_test = np.expand_dims(x_test, -1).astype("float32") / 255.0
    return (x_train, y_train), (x_test, y_test)


def build_model(width: int = 32, dropout: float = 0.5) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input(shape=(*IMAGE_SIZE, 1)),
            layers.Conv2D(width, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(width * 2, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(learning_rate=1e-3),
        metrics=["accuracy"],
    )
    return model


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=12)
parser.add_argument("--limit", type=int, help="how many images of each set are used")
options = parser.parse_args([])

(x_train, y_train), (x_test, y_test) = load_data(options.limit)
model = build_model()
model.summary()

callbacks = [
    keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
    keras.callbacks.ModelCheckpoint(str(OUTPUT), save_best_only=True),
]
history = model.fit(
    x_train, y_train, batch_size=128, epochs=options.epochs, validation_split=0.1, callbacks=callbacks
)
score = model.evaluate(x_test, y_test, verbose=0)
message = f"loss {score[0]:.3f}, accuracy {score[1]:.1%}"
predictions = model.predict(x_test[:5]).argmax(axis=-1)
