# The other way to write a model.
import keras
from keras import layers

model = keras.Sequential(
    [
        layers.Input((None, 3)),
        layers.LSTM(11, return_sequences=True),
        layers.LSTM(6),
        layers.Dense(4, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["accuracy"])
