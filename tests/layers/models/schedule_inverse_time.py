# A learning rate that is divided by more from step to step, in stairs.
import keras
from keras.layers import LSTM, Dense, Input

rates = keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=2, decay_rate=0.6, staircase=True)
x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.SGD(rates, nesterov=True, momentum=0.5), loss="mse")
