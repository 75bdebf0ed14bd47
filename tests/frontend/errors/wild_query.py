# The last state asks, but the Dot takes the wrong axis of the states.
import keras
from keras import layers

x = keras.Input((32, 8))
states, h, c = layers.LSTM(32, return_sequences=True, return_state=True)(x)
scores = layers.Dot(axes=(1, 1))([states, h])
weights = layers.Softmax()(scores)
context = layers.Dot(axes=(1, 1))([weights, states])
model = keras.Model(x, layers.Dense(1)(context))
