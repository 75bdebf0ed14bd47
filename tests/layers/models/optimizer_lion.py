# The optimizer Lion.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.Lion(0.01, weight_decay=0.1), loss="mse")
