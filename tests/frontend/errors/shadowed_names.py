# Names that mean something else where they are used, or nothing.
from keras import layers, Input, Model

use_gru = False
x = Input((10, 3))
if use_gru:
    h = layers.GRU(4)(x)
for i in range(0):
    last = i


def build():
    inner = layers.Dense(3)(x)


build()
layers.Dense(3)(h)
layers.Dense(last)(x)
layers.Dense(3)(inner)
layers.Dense(later)(x)
later = 32
layers.LSTM(3, return_sequences=true)(x)
layers.Dense(3, activation=null)(x)
y = build()
layers.Dense(3)(y)
layers.Dense(3)(None)
config = {"units": 3}
layers.Dense(config.units)(x)
sizes = (3, 4)
sizes.append(5)
layers = [layers.Dense(3)]
layers.Dense(3)(x)
model = Model(x, x)
