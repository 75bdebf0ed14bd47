# One state for a layer that has two.
from keras.layers import LSTM, Dense, Input
from keras.models import Model

enc_in, dec_in = Input((None, 30)), Input((None, 20))
state = LSTM(64)(enc_in)
dec = LSTM(64)(dec_in, initial_state=state)
model = Model([enc_in, dec_in], Dense(1)(dec))
