# Convolutions along the time steps.
import keras
from keras.layers import *

x = keras.Input((100, 4))
Conv1D(32, 3)(keras.Input((100,)))
Conv1D(32, 3, padding="sames")(x)
Conv1D(32, kernel_size=3, stride=2)(x)
Conv1D(32, kernel=3)(x)
Conv1D(32)(x)
Conv1D(32, 3, strides=2, dilation_rate=2)(x)
Conv1D(32, 2, padding="same", strides=3)(keras.Input((None, 4)))
short = MaxPooling1D(2)(Conv1D(32, 5)(keras.Input((8, 4))))
Conv1D(32, 5)(short)
Add()([Conv1D(32, 3)(x), Conv1D(32, 1)(x)])
Conv1D(8, 1)(GlobalMaxPooling1D()(x))
Conv1D(8, 3)(LSTM(8)(x))
Dense(2)(Flatten()(Conv1D(8, 3, padding="same")(keras.Input((None, 4)))))
