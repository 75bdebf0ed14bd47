"""A dynamic number of steps, one class for each sequence."""

import keras
from keras.layers import LSTM, Dense, Input

x = Input(shape=(None, 5), name="x")
h = LSTM(7, name="memory")(x)
out = Dense(3, activation="softmax", name="out")(h)

model = keras.Model(x, out)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
