# As many steps as units: Keras accepts the product of features with time steps.
import keras
from keras.layers import LSTM, Activation, Dense, Dot, Input

x = Input((64, 3))
h = LSTM(64, return_sequences=True)(x)
query = Dense(64, activation="tanh", name="query")(h)
scores = Dot(axes=(2, 1))([query, h])
context = Dot(axes=(2, 1))([Activation("softmax")(scores), h])
model = keras.Model(x, context)
