# A learning rate that falls from step to step.
import keras
from keras.layers import LSTM, Dense, Input

rates = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.3)
x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.SGD(rates, momentum=0.5), loss="mse")
