# The labels of a sequence, whichever steps they belong to.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
h = LSTM(5, return_sequences=True)(x)
model = keras.Model(x, Dense(4)(h))
model.compile(optimizer=keras.optimizers.SGD(1e-2), loss=keras.losses.CTC())
