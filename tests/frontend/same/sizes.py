# Shapes put together of sizes that are only known when the model runs.
import keras
from keras import ops


class Repeat(keras.layers.Layer):
    def call(self, x):
        batch, steps = ops.shape(x)[0], ops.shape(x)[1]
        ahead = ops.arange(steps)[:, None] >= ops.arange(0, steps)
        counts = (batch, 1, 1)
        return ops.tile(ops.reshape(ops.cast(ahead, "float32"), (1, steps, steps)), counts) * x


x = keras.Input((None, None), name="x")
model = keras.Model(x, Repeat()(x))
# ---
import keras
from keras import ops


class Repeat(keras.layers.Layer):
    def call(self, x):
        batch, steps = ops.shape(x)[0], ops.shape(x)[1]
        ahead = ops.arange(steps)[:, None] >= ops.arange(0, steps)
        counts = ops.concatenate([ops.expand_dims(batch, -1), ops.convert_to_tensor([1, 1])], axis=0)
        return ops.tile(ops.reshape(ops.cast(ahead, "float32"), (1, steps, steps)), counts) * x


x = keras.Input((None, None), name="x")
model = keras.Model(x, Repeat()(x))
# ---
import keras
import tensorflow as tf


class Repeat(keras.layers.Layer):
    def call(self, x):
        batch, steps = tf.shape(x)[0], tf.shape(x)[1]
        ahead = tf.range(steps)[:, None] >= tf.range(0, steps)
        counts = tf.stack([batch, 1, 1])
        return tf.tile(tf.reshape(tf.cast(ahead, "float32"), (1, steps, steps)), counts) * x


x = keras.Input((None, None), name="x")
model = keras.Model(x, Repeat()(x))
