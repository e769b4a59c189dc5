import keras
import numpy as np
from keras import layers

classifier = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Flatten(),
    layers.Dense(10, activation="sigmoid"),
])
classifier.compile(optimizer="adam", loss="categorical_crossentropy")

forecaster = keras.Sequential([
    keras.Input(shape=(30, 8)),
    layers.LSTM(64),
    layers.LSTM(32),
    layers.Dense(1),
])
forecaster.compile(optimizer="adam", loss="mean_squared_eror")
forecaster.fit(np.random.rand(64, 30, 8), np.random.rand(64, 1), epochs=2)
