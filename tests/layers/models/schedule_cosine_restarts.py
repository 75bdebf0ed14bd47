# A learning rate that falls along a cosine, and starts again lower.
import keras
from keras.layers import LSTM, Dense, Input

rates = keras.optimizers.schedules.CosineDecayRestarts(0.1, first_decay_steps=2, t_mul=1.5, m_mul=0.7, alpha=0.05)
x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.SGD(rates, momentum=0.5), loss="mse")
