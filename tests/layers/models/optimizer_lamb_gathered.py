# Lamb after gradients of three steps: the first two change nothing.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(
    optimizer=keras.optimizers.Lamb(
        0.02, gradient_accumulation_steps=3, global_clipnorm=1.0, use_ema=True, ema_momentum=0.5
    ),
    loss="mse",
)
