# The sum runs over the units instead of the steps, and Dense meets a shape of (batch, 25).
import keras
from keras import layers, ops

x = keras.Input((25, 6))
h = layers.GRU(16, return_sequences=True)(x)
a = layers.Softmax(axis=1)(layers.Dense(1)(h))
c = ops.sum(h * a, axis=0)
model = keras.Model(x, layers.Dense(1)(c))
model.compile("adam", "mse")
