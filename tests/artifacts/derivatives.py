"""A frozen layer between two that learn: what derivatives.c differentiates."""

import keras
from keras.layers import Dense, Input

x = Input(shape=(4,), name="x")
frozen = Dense(5, activation="tanh", name="frozen")
h = frozen(Dense(7, activation="tanh", name="first")(x))
frozen.trainable = False
model = keras.Model(x, Dense(3, activation="softmax", name="out")(h))
model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
