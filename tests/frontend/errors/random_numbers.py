# Random numbers that a model would draw while it runs.
import keras
import tensorflow as tf
from keras import backend as K
from keras import layers, ops

x = keras.Input((10, 8), name="x")


class Sampling(layers.Layer):
    def call(self, inputs):
        mean, spread = inputs
        noise = keras.random.normal(shape=ops.shape(mean))
        return mean + ops.exp(0.5 * spread) * noise


code = layers.LSTM(4, name="code")(x)
sample = Sampling()([layers.Dense(2)(code), layers.Dense(2)(code)])
noisy = layers.Lambda(lambda t: t + tf.random.normal(tf.shape(t)))(x)
noisy = layers.Lambda(lambda t: t + K.random_normal(K.shape(t), stddev=0.1))(x)
model = keras.Model(x, code)
