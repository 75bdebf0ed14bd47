# An average beside the weights that takes their place every third step.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(
    optimizer=keras.optimizers.SGD(0.1, momentum=0.5, use_ema=True, ema_overwrite_frequency=3),
    loss="mse",
)
