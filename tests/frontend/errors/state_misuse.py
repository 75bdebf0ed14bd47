# States where a sequence is meant, and the other way round.
import keras
from keras.layers import LSTM, GRU, Dense, Input
x = Input((10, 8))
h = LSTM(64, return_state=True)(x)
y = Dense(1)(h)
out, state = LSTM(64, return_state=True)(x)
z = LSTM(32)(x, initial_state=out)
w = GRU(64)(x, initial_state=[out, out])
a, b, c = GRU(64, return_state=True)(x)
d = LSTM(32)(x, initial_state=[x, x])
e = LSTM(32)(x, state=[x, x])
