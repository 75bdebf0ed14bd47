# A loss of the last steps alone, one of pairs of steps, and what a layer gives that is no tensor: a table.
import keras
import numpy as np
from keras import layers, ops


class Positions(layers.Layer):
    """Rows of a table, whatever the input is."""

    def __init__(self, steps, features, **options):
        super().__init__(**options)
        place = np.arange(steps, dtype="float32")[:, None]
        self.table = np.sin(place * np.exp(np.arange(features) * -0.5)).astype("float32")[None]

    def call(self, x):
        return self.table[:, : x.shape[1]]


class Embed(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.values = layers.Dense(4)
        self.positions = Positions(8, 4)

    def call(self, x):
        return self.values(x) + self.positions(x)


def after_warmup(y_true, y_pred):
    return keras.losses.mean_squared_error(y_true[:, 2:], y_pred[:, 2:])


def differences(y_true, y_pred):
    return ops.abs((y_true[:, 1:] - y_true[:, :-1]) - (y_pred[:, 1:] - y_pred[:, :-1]))


x = layers.Input((5, 3))
h = Embed()(x)
steps = layers.LSTM(3, return_sequences=True, name="steps")(h)
pairs = layers.Dense(2, name="pairs")(steps)
model = keras.Model(x, [steps, pairs])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss=[after_warmup, differences])
