# Tables of positions that are made for more steps than there are, and cut to the length of the input.
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


def waves(length, depth):
    rates = np.arange(length)[:, np.newaxis] / 100 ** (np.arange(depth // 2)[np.newaxis, :] / depth)
    return tf.cast(np.concatenate([np.sin(rates), np.cos(rates)], axis=-1), dtype=tf.float32)


class Positions(layers.Layer):
    def __init__(self, length, depth):
        super().__init__()
        self.scale = layers.Dense(depth)
        self.table = waves(length, depth)

    def call(self, x):
        length = ops.shape(x)[1]
        return self.scale(x) + tf.cast(self.table[np.newaxis, :length, :], x.dtype)


x = layers.Input((None, 3), name="x")
model = keras.Model(x, layers.GRU(4)(Positions(64, 6)(x)))
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
