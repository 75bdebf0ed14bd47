# The batch as a part of the shape.
from keras.layers import LSTM, Dense, Input
from keras.models import Model

inputs = Input(shape=(32, 10, 8))
model = Model(inputs, Dense(1)(LSTM(64)(inputs)))
