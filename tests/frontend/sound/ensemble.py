# Experts weighed by a gate, and the average of several readers.
import keras
from keras import layers, ops

experts = 6
x = keras.Input((6, 6))
last = layers.LSTM(6)(x)
gate = layers.Dense(experts, activation="softmax")(last)
opinions = ops.stack([layers.Dense(3)(last) for _ in range(experts)], axis=1)
mixture = layers.Dot(axes=(1, 1))([gate, opinions])
readers = layers.Average()([layers.GRU(3)(x) for _ in range(3)])
model = keras.Model(x, layers.add([mixture, readers]))
model.compile("adam", "mse")
