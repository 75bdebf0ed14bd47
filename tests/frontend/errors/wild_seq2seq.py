# Encoder and decoder of different sizes, and the states in a list of one.
from keras.layers import LSTM, Dense, Input
from keras.models import Model

enc_in = Input(shape=(None, 30))
enc_out, h, c = LSTM(128, return_state=True)(enc_in)
dec_in = Input(shape=(None, 20))
dec_out = LSTM(64, return_sequences=True)(dec_in, initial_state=[h, c])
out = Dense(20, activation='softmax')(dec_out)
model = Model([enc_in, dec_in], out)
model.compile('rmsprop', 'categorical_crossentropy')
