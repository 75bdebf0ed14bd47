# A learning rate that falls along a power, in cycles.
import keras
from keras.layers import LSTM, Dense, Input

rates = keras.optimizers.schedules.PolynomialDecay(0.1, decay_steps=2, end_learning_rate=0.02, power=2.0, cycle=True)
x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.SGD(rates, momentum=0.5), loss="mse")
