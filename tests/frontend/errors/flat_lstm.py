# Recurrent layers on what is no sequence.
import keras
from keras.layers import LSTM, Dense, Input
x = Input((8,))
h = LSTM(64)(x)
z = Dense(16)(Input((20,)))
w = LSTM(32)(z)
batch = Input((32, 10, 8))
v = LSTM(32)(batch)
