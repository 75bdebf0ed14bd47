# Operators and keras.ops on symbolic tensors: scalars on either side, broadcasting, names shared with layers.
import keras
from keras import layers, ops

x = layers.Input(shape=(6, 5))
h = layers.Dense(5, activation="sigmoid")(x)
centred = x - ops.mean(x, axis=1, keepdims=True)
scaled = 2 * centred / (1.5 + h) - h * 0.25 + 1 / (2.0 + h)
shrunk = -ops.exp(-scaled * scaled)
square = layers.Dot(axes=1)([h, scaled])
weights = ops.tanh(ops.matmul(scaled, square))
mixed = (shrunk @ square) * weights
total = ops.sum(mixed, axis=(1, 2), keepdims=True)
pooled = ops.sum(mixed * total, axis=-2)
model = keras.Model(x, layers.Dense(2)(pooled - h[:, 0] + x[:, -2, :]))
model.compile(optimizer=keras.optimizers.SGD(1e-5), loss="mse")
