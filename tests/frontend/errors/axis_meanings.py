# Sizes that agree by accident, and what the meaning of axes says about them.
import keras
from keras import layers, ops

x = keras.Input((64, 8), name="x")
h = layers.LSTM(64, return_sequences=True, name="h")(x)
q = layers.Dense(64, name="q")(h)
last = layers.LSTM(64, name="last")(x)
score = layers.Flatten(name="score")(layers.Dense(1)(h))

layers.Add()([h, layers.Permute((2, 1), name="turned")(h)])
h + ops.transpose(h, (0, 2, 1))
layers.Multiply()([h, score])
layers.Add()([score, last])
layers.Concatenate()([h, layers.Permute((2, 1))(h)])

layers.Dense(1, activation="softmax")(h)
layers.Activation("softmax")(layers.Dense(1)(last))
layers.Softmax(axis=0)(q)

q @ h
ops.einsum("btf,bfs->bts", q, h)

layers.Reshape((8, 64))(x)
ops.reshape(x, (-1, 2, 64, 4))
model = keras.Model(x, layers.Dense(1)(last))
