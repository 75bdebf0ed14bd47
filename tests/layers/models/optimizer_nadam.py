# The optimizer Nadam.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.Nadam(0.02), loss="mse")
