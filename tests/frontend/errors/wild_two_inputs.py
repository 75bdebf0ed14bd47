# An input that the list forgets.
import keras
from keras import layers

price = keras.Input((30, 1), name="price")
volume = keras.Input((30, 1), name="volume")
x = layers.Concatenate()([price, volume])
model = keras.Model(price, layers.Dense(1)(layers.LSTM(16)(x)))
model.compile("adam", "mse")
