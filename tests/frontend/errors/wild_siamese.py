# Encoders of their own sizes: the difference has no meaning.
from keras.layers import LSTM, Dense, Input, Subtract
from keras.models import Model

left, right = Input((20, 5)), Input((20, 5))
a, b = LSTM(32)(left), LSTM(16)(right)
model = Model([left, right], Dense(1, activation='sigmoid')(Subtract()([a, b])))
