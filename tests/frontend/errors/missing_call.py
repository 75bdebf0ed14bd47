# Layers that are never called.
import keras
from keras import layers

x = keras.Input((10, 8))
h = layers.LSTM(64, return_sequences=True)
y = layers.Dense(1)(h)
z = layers.Dense(1) + x
v = layers.Concatenate()([x, layers.LSTM(8, return_sequences=True)])
w = x(layers.Dense(1))
u = layers.Dense(1, x)
t = layers.LSTM(64)(keras.Input)
s = layers.LSTM(64)(None)
r = layers.LSTM(64)((10, 8))
