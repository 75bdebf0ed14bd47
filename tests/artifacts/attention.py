"""A fixed number of steps, attention between them, numbers as targets."""

import keras
from keras import ops
from keras.layers import LSTM, Activation, Dense, Dot, Input, Lambda

x = Input(shape=(6, 4), name="x")
h = LSTM(9, return_sequences=True)(x)
scores = Dot(axes=(2, 2))([h, h])
weights = Activation("softmax", name="weights")(scores)
mixed = Dot(axes=(2, 1))([weights, h])
total = Lambda(lambda t: ops.sum(t, axis=1))(mixed)
level = Dense(1, name="level")(total)

model = keras.Model(x, level)
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss="mse")
