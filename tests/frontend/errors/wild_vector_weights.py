# Weights of shape (batch, steps) times states of shape (batch, steps, units).
import tensorflow as tf
from tensorflow.keras import Model, layers

x = layers.Input(shape=(25, 6))
h = layers.LSTM(16, return_sequences=True)(x)
e = layers.Dense(1, activation="tanh")(h)
a = layers.Flatten()(e)
a = layers.Activation("softmax")(a)
c = layers.Multiply()([h, a])
c = layers.Lambda(lambda t: tf.reduce_sum(t, axis=1))(c)
model = Model(x, layers.Dense(1)(c))
