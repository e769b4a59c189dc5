"""The temperature of tomorrow from the weather of the last days, with two stacked LSTMs.

The mistake: the first LSTM hands on its last state only, and the second wants a sequence.
"""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

DAYS = 14
FEATURES = ["temperature", "pressure", "humidity", "wind"]
HIDDEN = 32


def synthetic_weather(days=2000, seed=7):
    """Something that has seasons: enough to see whether a model learns at all."""
    random = np.random.RandomState(seed)
    day = np.arange(days)
    season = np.sin(2 * np.pi * day / 365.0)
    temperature = 10 + 12 * season + random.normal(0, 2, days)
    pressure = 1013 - 3 * season + random.normal(0, 5, days)
    humidity = 70 - 15 * season + random.normal(0, 8, days)
    wind = np.abs(random.normal(12, 5, days))
    return np.stack([temperature, pressure, humidity, wind], axis=-1)


def windows(table, length=DAYS):
    """Every stretch of ``length`` days, and the temperature of the day after."""
    count = len(table) - length
    x = np.stack([table[start : start + length] for start in range(count)])
    y = table[length:, 0]
    return x.astype("float32"), y.astype("float32")


def build_model():
    model = keras.Sequential(name="weather")
    model.add(keras.Input(shape=(DAYS, len(FEATURES))))
    model.add(layers.LayerNormalization())
    model.add(layers.LSTM(HIDDEN))
    model.add(layers.Dropout(0.2))
    model.add(layers.LSTM(HIDDEN // 2))
    model.add(layers.Dense(1))
    return model


def main():
    table = synthetic_weather()
    split = int(len(table) * 0.8)
    x_train, y_train = windows(table[:split])
    x_test, y_test = windows(table[split:])

    model = build_model()
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    model.fit(
        x_train,
        y_train,
        epochs=10,
        validation_data=(x_test, y_test),
        callbacks=[keras.callbacks.EarlyStopping(patience=3)],
    )
    predictions = model.predict(x_test)
    print("mean absolute error", np.abs(predictions[:, 0] - y_test).mean())


if __name__ == "__main__":
    main()
