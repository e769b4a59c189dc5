"""Forecasts a temperature from windows of past hours, with a recurrent network."""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf
from tensorflow.keras import Model
from tensorflow.keras.layers import LSTM, Bidirectional, Concatenate, Dense, Input


@dataclasses.dataclass(frozen=True)
class Window:
    """How much of the past is seen, and how far ahead is looked."""

    past: int = 72
    ahead: int = 12
    step: int = 6

    @property
    def length(self) -> int:
        return self.past // self.step


WINDOW = Window()
FEATURES = ["pressure", "temperature", "humidity", "wind"]
rng = np.random.default_rng(seed=7)
series = rng.normal(size=(2000, len(FEATURES))).astype("float32")
split = int(0.8 * len(series))

mean = series[:split].mean(axis=0)
deviation = series[:split].std(axis=0)
series = (series - mean) / deviation


def windows(data, window: Window = WINDOW):
    inputs, targets = [], []
    for start in range(len(data) - window.past - window.ahead):
        stop = start + window.past
        inputs.append(data[start : stop : window.step])
        targets.append(data[stop + window.ahead - 1, 1])
    return np.stack(inputs), np.array(targets)


class Attention(tf.keras.layers.Layer):
    """Weighs the hours of a window."""

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.score = Dense(units, activation="tanh")
        self.weigh = Dense(1)

    def call(self, hidden):
        weights = tf.nn.softmax(self.weigh(self.score(hidden)), axis=1)
        return tf.reduce_sum(weights * hidden, axis=1)


x, y = windows(series[:split])
x_valid, y_valid = windows(series[split:])

past = Input(shape=(WINDOW.length, len(FEATURES)), name="past")
hidden = Bidirectional(LSTM(32, return_sequences=True))(past)
summary = Attention(16)(hidden)
last = past[:, -1, :]
joined = Concatenate()([summary, last])
forecast = Dense(1, name="temperature")(Dense(32, activation="relu")(joined))
model = Model(inputs=past, outputs=forecast)

if tf.config.list_physical_devices("GPU"):
    batch_size = 512
elif len(x) > 10_000:
    batch_size = 256
else:
    batch_size = 64

model.compile(optimizer="adam", loss="mse", metrics=["mae"])
try:
    model.fit(x, y, validation_data=(x_valid, y_valid), epochs=10, batch_size=batch_size)
except KeyboardInterrupt:
    report = "stopped"
finally:
    model.save_weights("forecast.weights.h5")
