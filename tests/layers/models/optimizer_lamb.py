# The optimizer Lamb, with weight decay.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(
    optimizer=keras.optimizers.Lamb(0.02, beta_1=0.8, beta_2=0.9, weight_decay=0.1), loss="mse"
)
