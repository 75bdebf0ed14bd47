# One encoder for inputs of different widths.
import keras
from keras import layers

encoder = layers.LSTM(16)
a, b = keras.Input((10, 4), name="a"), keras.Input((10, 6), name="b")
model = keras.Model([a, b], layers.Dense(1)(layers.concatenate([encoder(a), encoder(b)])))
