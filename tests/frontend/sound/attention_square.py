# As many steps as units: sizes say nothing, meanings are right everywhere.
import keras
from keras.layers import LSTM, Activation, Concatenate, Dense, Dot, Input

x = Input((16, 16))
h = LSTM(16, return_sequences=True)(x)
scores = Dot(axes=(2, 2))([Dense(16)(h), h])
context = Dot(axes=(2, 1))([Activation("softmax")(scores), h])
y = Dense(1)(Concatenate()([h, context]))
model = keras.Model(x, y)
model.compile(optimizer="adam", loss="mse")
