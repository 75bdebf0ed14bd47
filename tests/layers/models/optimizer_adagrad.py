# The optimizer Adagrad.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.Adagrad(0.1, initial_accumulator_value=0.3), loss="mse")
