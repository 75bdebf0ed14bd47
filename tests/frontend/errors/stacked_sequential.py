# The same in a Sequential.
import keras
from keras import layers
model = keras.Sequential([
    layers.Input((10, 8)),
    layers.LSTM(64),
    layers.LSTM(32),
    layers.Dense(1),
])
