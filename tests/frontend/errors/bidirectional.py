# Bidirectional: what it takes, what it gives, and what is in the wrong place.
import keras
from keras.layers import LSTM, GRU, Bidirectional, Concatenate, Dense

x = keras.Input((20, 8))
Bidirectional(LSTM(32), return_sequences=True)(x)
Bidirectional(LSTM(32)(x))
Bidirectional(GRU(32)(x), merge_mode="sum")
Bidirectional(LSTM(32), merge_mode="add")(x)
y, h, c = Bidirectional(LSTM(32, return_state=True))(x)
y, h = Bidirectional(GRU(32))(x)
LSTM(16)(Bidirectional(LSTM(32))(x))
y, fh, fc, bh, bc = Bidirectional(LSTM(32, return_state=True))(x)
decoder = LSTM(32, return_sequences=True)
decoder(x, initial_state=[Concatenate()([fh, bh]), Concatenate()([fc, bc])])
Bidirectional(LSTM(32))(x, initial_state=[fh, fc])
Dense(1)(Bidirectional(LSTM(32), merge_mode=None)(x))
