# What is added to a Sequential that is no layer.
import numpy as np
from keras.models import Sequential
from keras.layers import LSTM, Dense, Input, Concatenate

Sequential().add(Dense)
Sequential().add(Dense(3)(Input((3,))))
Sequential().add([Dense(3)])
Sequential().add("relu")
Sequential([Input((3,)), Input((3,))])
Sequential(Dense(3), Dense(4))
model = Sequential()
model.add(Input((10, 3)), LSTM(3))
X = np.load("x.npy")
data = Sequential()
data.add(LSTM(50, input_shape=(X.shape[1], X.shape[2])))
data.add(Dense(1))
data.compile("adam", "mse")
data.summary()
model.add(LSTM(3))
Sequential(name="empty")(Input((3,)))
