import keras
from keras import layers, ops

T_OUT, FEAT, UNITS = 12, 3, 64
inp = keras.Input((48, FEAT))
_, h, c = layers.LSTM(UNITS, return_state=True)(inp)
cell = layers.LSTM(UNITS, return_state=True)
proj = layers.Dense(FEAT)
step = inp[:, -1:, :]
outs = []
for t in range(T_OUT):
    y, h, c = cell(step, initial_state=[h, c])
    p = proj(y)
    outs.append(p)
    step = layers.Reshape((1, FEAT))(p)
out = ops.stack(outs, axis=1)
model = keras.Model(inp, out, name="autoregressive")
model.compile("adam", "mse", metrics=["mae"])
