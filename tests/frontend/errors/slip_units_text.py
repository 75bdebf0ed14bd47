# Units and activations in the wrong order or of the wrong type.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((10, 8))
a = LSTM("tanh")(x)
b = Dense("relu", 64)(x)
c = Dense("64")(x)
d = Dense([64])(x)
e = Dense(64, 32)(x)
f = Dense(x, 64)
g = LSTM(64.0)(x)
h = Dense(None)(x)
i = LSTM((64,), return_sequences=True)(x)
j = Dense(units=x)
k = LSTM(x)
l = Dense(64, "rleu")(x)
m = LSTM(64, True)(x)
n = Dense(0)(x)
o = Dense(64, activation=Dense)(x)
