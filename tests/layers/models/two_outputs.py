# Two heads on one encoder, each with its own loss: the total is their sum.
import keras
from keras.layers import LSTM, Dense, Input

x = Input(shape=(None, 3), name="x")
h = LSTM(6)(x)
level = Dense(1, name="level")(h)
kind = Dense(3, activation="softmax", name="kind")(h)
model = keras.Model(inputs=x, outputs=[level, kind])
model.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss=["mse", "sparse_categorical_crossentropy"],
)
