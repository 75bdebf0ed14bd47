"""A classifier whose sizes come from a configuration and from the labels it was written with."""

import json

import keras
import numpy as np
from keras import layers
from keras.utils import to_categorical

config = json.loads("""
{"embedding": {"input_dim": 50, "output_dim": 8, "mask_zero": true},
 "units": [16, 8], "dropout": 0.2, "activation": null}
""")
labels = to_categorical([2, 0, 1, 2])
assert labels.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
assert to_categorical(np.array([[1], [0]]), num_classes=4).tolist() == [[0, 1, 0, 0], [1, 0, 0, 0]]
assert to_categorical(np.zeros((2, 3)), 2).shape == (2, 3, 2)

inputs = keras.Input((None,), dtype="int32")
x = layers.Embedding(**config["embedding"])(inputs)
for units in config["units"][:-1]:
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)
x = layers.LSTM(config["units"][-1])(x)
x = layers.Dropout(config["dropout"])(x)
outputs = layers.Dense(labels.shape[-1], activation="softmax")(x)
model = keras.Model(inputs, outputs)
target = keras.models.clone_model(model)
target.set_weights(model.get_weights())
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
