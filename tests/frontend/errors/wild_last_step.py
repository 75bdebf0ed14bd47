# The last state is added to every step without an axis for the steps.
import keras
from keras import layers

x = keras.Input((10, 8))
h = layers.LSTM(16, return_sequences=True)(x)
y = layers.Dense(1)(h + h[:, -1])
model = keras.Model(x, y)
