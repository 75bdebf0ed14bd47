# What Python and numpy do with numbers and lists, done with symbolic tensors.
import math
import numpy as np
from keras import layers, Input, Model

x = Input((10, 3))
h = layers.LSTM(4)(x)
y = h + 1
dense = layers.Dense(4)(x)
dense(h)
y(h)
for t in x:
    pass
z = [t for t in h]
state, memory = layers.LSTM(4)(x)
output, hidden, cell = layers.GRU(4, return_state=True)(x)
math.exp(h)
float(h)
len(h)
round(h)
abs(h)
np.exp(h)
h.mean(axis=1)
h.reshape((2, 2))
h.astype("float32")
h.T
h.append(3)
h[:, 0] = 3
h.shape[0] * 2
if h > 0:
    pass
n = 3
n(x)
[layers.Dense(3)](x)
model = Model(x, h)
