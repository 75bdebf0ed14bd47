# Luong attention with the last state as the one query.
import keras
from keras import layers, ops

x = keras.Input((None, 8))
hs, h, c = layers.LSTM(32, return_sequences=True, return_state=True)(x)
query = layers.Dense(32, use_bias=False)(h)
score = layers.Dot(axes=(2, 1))([hs, query])
weights = layers.Activation("softmax")(score)
context = layers.Dot(axes=(1, 1))([weights, hs])
vector = layers.Concatenate()([context, h])
vector = layers.Dense(16, activation="tanh")(vector)
model = keras.Model(x, layers.Dense(1)(vector))
model.compile("adam", "mse")
