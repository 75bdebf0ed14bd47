# Python that symbolic tensors do not take.
import keras
from keras import layers
units = 64
x = keras.Input((10, 8))
h = layers.LSTM(unit, return_sequences=True)(x)
h = layers.LSTM(units / 2, return_sequences=True)(x)
y = layers.Dense(1)(X)
z = layer.Dense(1)(x)
w = keras.layers.dense(1)(x)
v = keras.layers.Dense(1)(x)(x)
u = layers.Dense(1)(x).numpy()
t = layers.Dense(1)(x).shape[3]
if x > 0:
    pass
for s in x:
    pass
r = len(x)
q = float(x)
model = keras.Model(x, y)
