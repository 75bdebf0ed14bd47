# A wrapper that Dense does not need.
import keras
from keras.layers import LSTM, Dense, Input, TimeDistributed
from keras import layers
x = Input((10, 8))
h = LSTM(16, return_sequences=True)(x)
y = TimeDistributed(Dense(3, activation="softmax"))(h)
z = layers.TimeDistributed(layers.Dense(3))(h)
model = keras.Model(x, y)
