# Soft assignment to clusters: the softmax shares each step out over the clusters, and the
# sum over the steps is weighted by that on purpose, as in NetVLAD.
import keras
from keras import layers, ops

x = keras.Input((20, 32))
assignment = layers.Softmax(axis=-1)(layers.Dense(8)(x))
mass = layers.Lambda(lambda a: ops.sum(a, axis=1))(assignment)
centers = layers.Dense(32, use_bias=False)(layers.Reshape((8, 1))(mass))
descriptor = layers.Dot(axes=(1, 1))([assignment, x])
residual = layers.Subtract()([descriptor, centers])
model = keras.Model(x, layers.Dense(5)(layers.Flatten()(residual)))
