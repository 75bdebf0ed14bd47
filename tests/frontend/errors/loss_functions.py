# Losses and metrics of the file that give no numbers, or too many.
import keras
from keras import layers, ops

x = keras.Input((5, 3))
model = keras.Model(x, layers.Dense(2, name="out")(x))
layer = layers.Dense(1)


def forgotten(y_true, y_pred):
    ops.mean(y_true - y_pred)


def of_one(y_pred):
    return ops.mean(y_pred)


def with_layer(y_true, y_pred):
    return layer(y_true - y_pred)


def mistaken(y_true, y_pred):
    return ops.matmul(y_true, y_pred)


def sound(y_true, y_pred):
    return ops.mean(y_true - y_pred)


model.compile("adam", forgotten)
model.compile("adam", of_one)
model.compile("adam", with_layer)
model.compile("adam", mistaken)
model.compile("adam", "mse", metrics=[forgotten, sound])
model.compile("adam", lambda y, p: 1.0)
