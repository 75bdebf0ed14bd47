# Constants whose size is only known when the model runs, where that cannot be.
import keras
import tensorflow as tf
from keras import layers, ops

x = keras.Input((None, 8), name="x")
state = ops.zeros((ops.shape(x)[0], 4))
other = ops.ones(x.shape)


class Masked(layers.Layer):
    def call(self, inputs):
        steps = ops.shape(inputs)[1]
        scores = ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1)))
        return scores * tf.linalg.band_part(tf.ones((steps, steps)), -1, 0)


Masked()(x)
fixed = keras.Input((5,), name="fixed")
ops.tril(layers.Dense(1)(fixed)[:, 0])
ops.broadcast_to(fixed, (3, 4))
layers.Lambda(lambda t: ops.full((ops.shape(t)[0], 2), "0"))(fixed)
model = keras.Model(x, layers.LSTM(4)(x, initial_state=[state, state]))
layers.Lambda(lambda t: ops.zeros((ops.shape(t)[0], -1)))(fixed)
