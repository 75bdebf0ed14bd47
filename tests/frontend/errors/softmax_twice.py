# A softmax of what a softmax has made.
import keras
from keras import layers, ops

x = keras.Input((10, 8), name="x")
h = layers.LSTM(16)(x)
shares = layers.Dense(5, activation="softmax", name="shares")(h)
a = layers.Activation("softmax")(shares)
b = layers.Softmax()(shares)
c = layers.Lambda(lambda t: ops.log_softmax(t))(shares)
# Along another axis it is another softmax.
tags = layers.Dense(5, activation="softmax")(layers.LSTM(16, return_sequences=True)(x))
d = layers.Softmax(axis=1)(tags)
model = keras.Model(x, [a, b, c, d])
