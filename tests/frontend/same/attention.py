# A layer's weights and its arithmetic, in the words of keras.ops, keras.backend and TensorFlow.
import keras
from keras import layers, ops


class Attention(layers.Layer):
    def build(self, input_shape):
        self.W = self.add_weight(name="W", shape=(input_shape[-1], 1), initializer="random_normal")
        self.b = self.add_weight(name="b", shape=(input_shape[1], 1), initializer="zeros")

    def call(self, x):
        e = ops.tanh(ops.dot(x, self.W) + self.b)
        a = ops.softmax(e, axis=1)
        return ops.sum(x * a, axis=1)


x = keras.Input((10, 8))
model = keras.Model(x, Attention()(layers.LSTM(16, return_sequences=True)(x)))
# ---
from keras import backend as K
from keras.engine.topology import Layer
from keras.layers import LSTM, Input
from keras.models import Model


class Attention(Layer):
    def __init__(self, **kwargs):
        super(Attention, self).__init__(**kwargs)

    def build(self, input_shape):
        self.W = self.add_weight("W", (input_shape[-1], 1), initializer="normal")
        self.b = self.add_weight(name="b", shape=(input_shape[1], 1), initializer="zero")
        super(Attention, self).build(input_shape)

    def call(self, x):
        e = K.tanh(K.dot(x, self.W) + self.b)
        a = K.softmax(e, axis=1)
        return K.sum(x * a, axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


x = Input((10, 8))
model = Model(input=x, output=Attention()(LSTM(output_dim=16, return_sequences=True)(x)))
# ---
import tensorflow as tf


class Attention(tf.keras.layers.Layer):
    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[-1], 1), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(input_shape[1], 1), initializer="zeros", trainable=True)

    @tf.function
    def call(self, x):
        e = tf.nn.tanh(tf.tensordot(x, self.W, axes=1) + self.b)
        a = tf.nn.softmax(e, axis=1)
        return tf.reduce_sum(x * a, axis=1)


x = tf.keras.Input((10, 8))
model = tf.keras.Model(x, Attention()(tf.keras.layers.LSTM(16, return_sequences=True)(x)))
