"""Rows or columns of weights that are to be orthogonal to each other."""

import keras
from keras import layers, regularizers

x = keras.Input((5, 3), name="x")
h = layers.GRU(
    4,
    return_sequences=True,
    kernel_regularizer=regularizers.OrthogonalRegularizer(0.1),
    recurrent_regularizer=regularizers.OrthogonalRegularizer(factor=0.2, mode="columns"),
)(x)
h = layers.Dense(3, kernel_regularizer="orthogonal_regularizer")(h)
h = layers.Flatten()(h)
y = layers.Dense(2, kernel_regularizer=regularizers.orthogonal_regularizer(0.5, "rows"), name="y")(h)
model = keras.Model(x, y)
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
