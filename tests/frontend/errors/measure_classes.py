# Losses, metrics and steps of training that are classes and methods of the file.
import keras
from keras import layers, ops

x = keras.Input((3,))
model = keras.Model(x, layers.Dense(2)(x))


class Empty(keras.losses.Loss):
    pass


class Shapeless(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return 3


class Misnamed(keras.losses.Loss):
    def __init__(self):
        super().__init__(reductions="sum")

    def call(self, y_true, y_pred):
        return y_true


class F1(keras.metrics.Metric):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(y_true * y_pred))

    def result(self):
        return self.total


keras.losses.Loss()
model.compile("adam", Empty())
model.compile("adam", Shapeless())
model.compile("adam", Misnamed())
model.compile("adam", keras.losses.MeanSquaredError(), metrics=[F1()])
model.compile("adam", "mse", metrics=[keras.losses.MeanSquaredError()])


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = layers.Dense(1)

    def call(self, inputs):
        return self.out(inputs)

    def train_step(self, data):
        return {"loss": 0}


own = Own()
own(x)
own.compile("adam", "mse")


class Widths(keras.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(keras.ops.mean(y_pred), y_true)


class Third(keras.metrics.Metric):
    def __init__(self):
        super().__init__()
        self.average = keras.metrics.Mean()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.average.update_state(y_true, y_pred, sample_weight)

    def result(self):
        return self.average.result()


model.compile("adam", "mse", metrics=[Widths()])
model.compile("adam", "mse", metrics=[Third()])
