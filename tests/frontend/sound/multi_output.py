# Two inputs of different kinds and two outputs with losses of their own.
import keras
from keras import layers

series = keras.Input(shape=(48, 5), name="series")
static = keras.Input(shape=(48,), name="static")
h = layers.LSTM(48)(series)
merged = layers.concatenate([h, static])
hidden = layers.Dense(48, activation="relu")(merged)
hidden = hidden + h
value = layers.Dense(1, name="value")(hidden)
kind = layers.Dense(4, activation="softmax", name="kind")(hidden)
model = keras.Model(inputs=[series, static], outputs=[value, kind])
model.compile(
    optimizer="adam",
    loss={"value": "mse", "kind": "sparse_categorical_crossentropy"},
    loss_weights={"value": 1.0, "kind": 0.2},
    metrics={"kind": ["accuracy"]},
)
