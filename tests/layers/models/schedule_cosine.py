# A learning rate that warms up and then falls along a cosine.
import keras
from keras.layers import LSTM, Dense, Input

rates = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=3, alpha=0.1, warmup_target=0.2, warmup_steps=1)
x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.SGD(rates, momentum=0.5), loss="mse")
