# Three classes, one unit.
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((12, 4)),
    layers.LSTM(32),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
