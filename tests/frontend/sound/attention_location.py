# Location-based attention: a Dense layer gives a weight for each of the steps.
import keras
from keras.layers import LSTM, Dense, Dot, Input

steps = 12
x = Input((steps, 5))
h = LSTM(12, return_sequences=True)(x)
weights = Dense(steps, activation="softmax")(h[:, -1, :])
context = Dot(axes=(1, 1))([weights, h])
model = keras.Model(x, Dense(2)(context))
model.compile("sgd", "mae")
