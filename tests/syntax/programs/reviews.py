"""Tells good film reviews from bad ones; first the vocabulary, then two networks side by side."""

import re
import string

import numpy as np
import tensorflow as tf

keras = tf.keras
VOCABULARY, LENGTH = 20_000, 200
PATTERN = re.compile("[" + re.escape(string.punctuation) + "]")
EXAMPLE = """
A film that says "less" than it shows;
and (for once) that is enough.
"""


@tf.function
def standardise(text):
    lowered = tf.strings.lower(text)
    without_breaks = tf.strings.regex_replace(lowered, "<br />", " ")
    return tf.strings.regex_replace(without_breaks, PATTERN.pattern, "")


(x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data(num_words=VOCABULARY)
x_train = keras.preprocessing.sequence.pad_sequences(x_train, maxlen=LENGTH)
x_test = keras.preprocessing.sequence.pad_sequences(x_test, maxlen=LENGTH)

simple = keras.Sequential(name="simple")
simple.add(keras.Input(shape=(LENGTH,)))
simple.add(keras.layers.Embedding(VOCABULARY, 32))
simple.add(keras.layers.GlobalAveragePooling1D())
simple.add(keras.layers.Dense(16, activation="relu"))
simple.add(keras.layers.Dense(1, activation="sigmoid"))

tokens = keras.Input((LENGTH,), dtype="int32")
embedded = keras.layers.Embedding(VOCABULARY, 64)(tokens)
branches = []
for width in (3, 4, 5):
    branch = keras.layers.Conv1D(64, width, activation="relu")(embedded)
    branches.append(keras.layers.GlobalMaxPooling1D()(branch))
merged = keras.layers.concatenate(branches)
merged = keras.layers.Dropout(0.5)(merged)
verdict = keras.layers.Dense(1, activation="sigmoid")(merged)
wide = keras.Model(tokens, verdict, name="wide")

results = {}
for network in (simple, wide):
    network.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss="binary_crossentropy",
        metrics=["accuracy", keras.metrics.AUC(name="auc")],
    )
    network.fit(x_train, y_train, epochs=3, batch_size=128, validation_split=0.2)
    results[network.name] = network.evaluate(x_test, y_test, return_dict=True)

best = max(results, key=lambda name: results[name]["auc"])
words = {index + 3: word for word, index in keras.datasets.imdb.get_word_index().items()}
shown = " ".join(words.get(token, "?") for token in x_test[0] if token)
confidence = np.round(simple.predict(x_test[:1])[0, 0], 3)
