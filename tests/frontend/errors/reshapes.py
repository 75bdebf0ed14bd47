# Reshaping layers with the wrong sizes and orders.
import keras
from keras import layers, ops
x = keras.Input((10, 64))
a = layers.Reshape((64, 10))(x)
b = ops.reshape(x, (-1, 64, 10))
c = ops.reshape(x, (-1, 8, 10, 8))
d = layers.Reshape((10, 65))(x)
e = layers.Reshape((-1, -1))(x)
f = layers.Reshape(640)(x)
g = layers.Reshape(10, 64)(x)
i = layers.Permute((1, 0))(x)
j = layers.Permute((0, 2, 1))(x)
k = layers.RepeatVector(10)(x)
l = layers.RepeatVector()(x)
m = layers.Flatten()(layers.Flatten)
model = keras.Model(x, layers.Dense(1)(layers.Flatten()(x)))
