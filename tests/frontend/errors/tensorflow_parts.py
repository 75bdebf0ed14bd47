import keras
import tensorflow as tf
from keras import layers, ops


class Parts(layers.Layer):
    def call(self, x, y):
        tf.split(x, [-1, -1], axis=-1)
        tf.split(x, [2, 3], axis=-1)
        tf.split(x, [4, -1], axis=-1)
        tf.split(x, [2.0, 2], axis=-1)
        tf.split(x, [], axis=-1)
        tf.split(y, [2, -1], axis=1)
        tf.split(x, 2)
        tf.range(None)
        tf.range(0, 4, 0)
        ops.tile(x, ops.array([1.0, 2.0, 1.0]))
        ops.tile(x, ops.array([2, 1, 1]))
        return x


x = keras.Input((5, 4))
y = keras.Input((None, 4))
model = keras.Model([x, y], Parts()(x, y))
