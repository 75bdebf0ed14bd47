# Sequences that run along each other, joined step by step and along time.
import keras
from keras.layers import LSTM, Add, Concatenate, Dense, Input, Maximum

left, right = Input((32, 4), name="left"), Input((32, 4), name="right")
a = LSTM(32, return_sequences=True)(left)
b = LSTM(32, return_sequences=True)(right)
together = Concatenate(axis=-1)([a, b, Add()([a, b]), Maximum()([a, b])])
longer = Concatenate(axis=1)([a, b])
summary = LSTM(8)(longer)
model = keras.Model([left, right], Dense(2)(Concatenate()([LSTM(8)(together), summary])))
model.compile("adam", "mse")
