# Recurrent layers on a last state.
import keras
from keras.layers import GRU, LSTM, Dense, Input
x = Input((10, 8))
h = LSTM(64)(x)
h = LSTM(32)(h)
model = keras.Model(x, Dense(1)(h))
