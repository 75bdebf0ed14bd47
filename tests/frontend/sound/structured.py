# Structured self-attention: several hops, each a softmax over the steps.
import keras
from keras.layers import LSTM, Dense, Dot, Flatten, Input, Softmax

hops = 18
x = Input((18, 7))
h = LSTM(18, return_sequences=True)(x)
a = Dense(hops)(Dense(32, activation="tanh")(h))
a = Softmax(axis=1)(a)
m = Dot(axes=(1, 1))([a, h])
model = keras.Model(x, Dense(2, activation="softmax")(Flatten()(m)))
model.compile("adam", "categorical_crossentropy")
