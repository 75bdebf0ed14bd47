# The layers that only move elements.
import keras
from keras import layers

x = layers.Input((4, 6))
h = layers.Dense(6, activation="tanh")(x)
turned = layers.Permute((2, 1))(h)
halves = layers.Reshape((4, 2, 3))(h)
h = layers.Concatenate()([layers.Flatten()(turned), layers.Flatten()(halves)])
h = layers.LSTM(5)(layers.RepeatVector(3)(layers.Dense(7)(h)))
model = keras.Model(x, layers.Reshape((-1, 2))(layers.Dense(6)(h)))
model.compile(optimizer="sgd", loss="mse")
