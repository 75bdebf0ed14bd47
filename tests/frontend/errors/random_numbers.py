# Random numbers: those of distributions that models do not have, arguments that do not fit, and those
# that are drawn once, while the file runs.
import keras
import tensorflow as tf
from keras import backend as K
from keras import layers, ops

x = keras.Input((10, 8), name="x")


class Sampling(layers.Layer):
    def call(self, inputs):
        mean, spread = inputs
        noise = keras.random.gamma(shape=ops.shape(mean), alpha=1.0)
        return mean + ops.exp(0.5 * spread) * noise


class Fourier(layers.Layer):
    def build(self, input_shape):
        self.waves = keras.random.normal((input_shape[-1], 16))

    def call(self, inputs):
        return ops.cos(ops.matmul(inputs, self.waves))


code = layers.LSTM(4, name="code")(x)
sample = Sampling()([layers.Dense(2)(code), layers.Dense(2)(code)])
noisy = layers.Lambda(lambda t: t + tf.random.poisson(tf.shape(t), 2.0))(x)
noisy = layers.Lambda(lambda t: t + K.random_normal(K.shape(t), stddev=0.1))(x)
noisy = layers.Lambda(lambda t: t + K.truncated_normal(K.shape(t)))(x)
noisy = layers.Lambda(lambda t: t + keras.random.normal(t.shape))(x)
noisy = layers.Lambda(lambda t: t + keras.random.randint(ops.shape(t), 3, 3))(x)
noisy = layers.Lambda(lambda t: keras.random.dropout(t, 30))(x)
noisy = layers.Lambda(lambda t: keras.random.dropout(t, 0.3, noise_shape=(None, 1, 8)))(x)
drawn = layers.Lambda(lambda t: keras.random.categorical(t, 5))(x)
drawn = layers.Lambda(lambda t: keras.random.categorical(t[:, 0], None))(x)
waves = Fourier()(x)
shifted = x + keras.random.normal((10, 8))
model = keras.Model(x, code)
