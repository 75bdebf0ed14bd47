# Attention over the steps of an LSTM with scores from Dense(1), written with merging layers.
import keras
from keras import layers

x = keras.Input(shape=(20, 6), name="x")
h = layers.LSTM(32, return_sequences=True)(x)
score = layers.Dense(1, activation="tanh")(h)
weights = layers.Softmax(axis=1)(score)
context = layers.Dot(axes=(1, 1))([weights, h])
context = layers.Flatten()(context)
model = keras.Model(x, layers.Dense(3, activation="softmax")(context))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
