# Subscripts of known and unknown lengths: from both ends, with steps, backwards.
import keras
from keras import ops
from keras.layers import LSTM, Concatenate, Dense, Flatten, Input

t = Input((None, 3), name="t")
s = Input((None, 5), name="s")
x = Input((7, 4), name="x")
h = LSTM(4, return_sequences=True)(t)
parts = [
    x[:, ::2], x[:, 1::3], x[:, ::-1], x[:, 5:1:-2], x[:, -2::-3], x[:, :, ::3], x[:, 1:6:2, ::-1],
    x[:, -6:-1, 1:],
]
# Keras does not know how long these are, even where it is certain.
unknown = [s[:, 1:3], s[:, -3:-1], s[:, :2], s[:, -2:], s[:, 1:, ::-2], s[:, :-1, 1:4], s[:, ::-1]]
pooled = [ops.max(part, axis=1) - ops.mean(part, axis=1) for part in unknown]
vectors = [h[:, 0], h[:, -1], s[:, 2], s[:, -3], x[:, -2, ::2], s[:, 1, None, 3:][:, 0]]
ends = h[:, ::-1][:, 0] * h[..., -1, :]
rest = LSTM(3)(s[:, 1:] - s[:, :-1])
joined = Concatenate()([Flatten()(part) for part in parts] + pooled + vectors + [ends, rest])
model = keras.Model([t, s, x], Dense(2)(joined))
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
