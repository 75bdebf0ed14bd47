# Heads that are cut out of the wrong axis.
import keras
from keras import layers, ops

x = keras.Input((10, 32))
q = ops.reshape(layers.Dense(32)(x), (-1, 4, 10, 8))
k = ops.reshape(layers.Dense(32)(x), (-1, 4, 10, 8))
weights = ops.softmax(ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))))
model = keras.Model(x, weights)
