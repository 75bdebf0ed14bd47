# Arrays of numpy and of keras.ops as constants: position encodings, weights of steps and features, masks.
import numpy as np

import keras
from keras import ops
from keras.layers import Dense, Input, Lambda

T, d = 6, 4
position = np.arange(T)[:, None]
rate = 1 / np.power(10000, (2 * (np.arange(d) // 2)) / d)
pe = np.zeros((T, d), dtype="float32")
pe[:, 0::2] = np.sin(position * rate[0::2])
pe[:, 1::2] = np.cos(position * rate[1::2])
causal = np.tril(np.ones((T, T), dtype=bool))

x = Input((T, d))
h = Dense(d, activation="tanh")(x) + pe[None]
h = ops.arange(1, 5) * h * np.array([0.5, 1.0, 1.5, 2.0], dtype="float32")
h = ops.multiply(h, ops.convert_to_tensor([[0.25], [0.5], [0.75], [1.0], [1.25], [1.5]]))
scores = ops.matmul(h, ops.transpose(h, (0, 2, 1)))
scores = ops.where(causal, scores, -1e9)
y = ops.matmul(ops.softmax(scores, axis=-1), h)
y = Lambda(lambda t: t - np.float32(0.5) * pe)(y)
mixed = y @ np.array([[1, -1], [0, 1], [1, 0], [0.5, 0.5]], dtype="float32")
last = np.arange(T) == T - 1
pooled = ops.sum(ops.where(last[:, None], mixed, 0.125 * mixed), axis=1)
model = keras.Model(x, Dense(2)(pooled))
model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
