# A learning rate that has one value up to a step and others behind it.
import keras
from keras.layers import LSTM, Dense, Input

rates = keras.optimizers.schedules.PiecewiseConstantDecay([0, 1], [0.2, 0.05, 0.1])
x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.SGD(rates, momentum=0.5), loss="mse")
