# One layer for every step.
import keras
from keras.layers import *

x = keras.Input((20, 8))
TimeDistributed(Dense(4)(x))
TimeDistributed(Dense)(x)
TimeDistributed(Dense(4))(LSTM(32)(x))
TimeDistributed(LSTM(4))(x)
TimeDistributed(Conv1D(16, 3))(x)
TimeDistributed(Dense(4), activation="relu")(x)
TimeDistributed(lambda t: t * 2)(x)
LSTM(4)(TimeDistributed(LSTM(4))(keras.Input((None, 20, 8))))
