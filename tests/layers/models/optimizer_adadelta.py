# The optimizer Adadelta.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.Adadelta(0.5, rho=0.9, epsilon=1e-3), loss="mse")
