# TensorFlow's ranges, parts whose sizes leave one open, functions of each sample; shapes in arrays.
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


class Positions(layers.Layer):
    def __init__(self, length, **options):
        super().__init__(**options)
        self.length = length
        self.table = layers.Embedding(length, 6)

    def build(self, shape):
        self.table.build(None)

    def call(self, x):
        every_second = self.table(tf.range(self.length, delta=2))
        return x + self.table(tf.range(self.length)) + ops.tile(every_second, np.array([2, 1]))


class Parts(layers.Layer):
    def call(self, x):
        head, rest = tf.split(x, [1, -1], axis=-1)
        left, middle, right = tf.split(rest, (2, -1, 1), axis=2)
        sums = tf.map_fn(lambda t: ops.sum(ops.tanh(t), axis=0), x)
        steps = tf.cast(tf.range(4.0, 10.0), x.dtype)[None, :, None]
        grid = ops.reshape(left * middle, np.array([-1, 2, 6]))
        return ops.concatenate([head * right * steps, x * sums[:, None, :]], -1), grid


x = layers.Input((6, 4))
y, grid = Parts()(Positions(6)(layers.Dense(6)(x)))
model = keras.Model(x, layers.Dense(2)(y) + ops.mean(grid, axis=(1, 2), keepdims=True))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
