# Arguments of Model.
import keras
from keras.layers import LSTM, Dense, Input
from keras.models import Model

x = Input((10, 8))
y = Dense(1)(LSTM(64)(x))
a = Model([y], x)
b = Model(x)
c = Model(inputs=x, output=y)
d = Model(x, Dense(1))
e = Model(LSTM(64), y)
f = Model(input=x, outputs=y)
g = Model((10, 8), y)
h = Model(x, y, "name")
model = Model(x, y)
