# The optimizer Ftrl.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.Ftrl(0.05, l1_regularization_strength=0.01, l2_regularization_strength=0.02), loss="mse")
