# What goes wrong with a Lambda.
import keras
from keras import layers, ops
from keras import backend as K
x = keras.Input((10, 8))
h = layers.LSTM(16, return_sequences=True)(x)
a = layers.Lambda(K.mean)(h)
b = layers.Lambda(lambda t: K.mean(t))(h)
c = layers.Lambda(lambda t: K.sum(t, axis=0))(h)
d = layers.Lambda(lambda t: K.softmax(t, axis=0))(h)
e = layers.Lambda(lambda t: t[0])(h)
f = layers.Lambda(lambda t, u: t + u)([h, h])
g = layers.Lambda(lambda t: ops.sum(t, axis=3))(h)
i = layers.Lambda(h)(x)
j = layers.Lambda(lambda t: h)(x)
k = layers.Lambda(lambda t: K.batch_dot(t, t))(h)
l = layers.Lambda(ops.sum(h, axis=1))(h)
model = keras.Model(x, layers.Dense(1)(h))
