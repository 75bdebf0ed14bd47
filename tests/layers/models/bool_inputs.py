"""Masks that are inputs: of a recurrent layer, of attention, as numbers and through a nested model."""

import keras
from keras import layers, ops

x = keras.Input((6, 3), name="x")
keep = keras.Input((6,), dtype="bool", name="keep")
flag = keras.Input((1,), dtype=bool, name="flag")

h = layers.LSTM(4, return_sequences=True)(x, mask=keep)
scores = layers.MultiHeadAttention(2, 3)(h, h, attention_mask=keep[:, None, :])
count = ops.sum(ops.cast(keep, "float32"), axis=1, keepdims=True)

inner = keras.Input((1,), dtype="bool")
choose = keras.Model(inner, ops.where(inner, 2.0, -1.0))
chosen = choose(flag) + choose(x[:, 0, :1])

mean = ops.sum(scores * ops.cast(keep[..., None], x.dtype), axis=1) / (count + 1)
y = layers.Dense(2)(ops.concatenate([mean, count, chosen], axis=-1))
model = keras.Model([x, keep, flag], ops.where(ops.logical_not(flag), y, 0.5 * y))
model.compile(optimizer="sgd", loss="mse")
