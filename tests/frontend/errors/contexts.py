# decoder with 12 steps asks an encoder with 10
import keras
from keras.layers import LSTM, Activation, Concatenate, Dense, Dot, Input
enc_in, dec_in = Input((10, 8), name="enc"), Input((12, 8), name="dec")
enc = LSTM(32, return_sequences=True)(enc_in)
dec = LSTM(32, return_sequences=True)(dec_in)
scores = Dot(axes=(2, 2))([dec, enc])
weights = Activation("softmax")(scores)
context = Dot(axes=(2, 1))([weights, dec])
context = Dot(axes=(1, 1))([weights, enc])
context = Dot(axes=(2, 2))([weights, enc])
both = Concatenate()([enc, dec])
narrow = Dot(axes=(2, 2))([Dense(16)(dec), enc])
model = keras.Model([enc_in, dec_in], Dense(1)(dec))
