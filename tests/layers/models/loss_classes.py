# Losses that are classes of the file.
import keras
from keras import layers, ops


class Focal(keras.losses.Loss):
    def __init__(self, gamma=2.0, name="focal", **kwargs):
        super().__init__(name=name, **kwargs)
        self.gamma = gamma

    def call(self, y_true, y_pred):
        error = ops.abs(y_true - y_pred)
        return ops.mean(error**self.gamma, axis=-1)

    def get_config(self):
        return {**super().get_config(), "gamma": self.gamma}


class Quantiles(keras.losses.Loss):
    def __init__(self, quantiles):
        super().__init__(reduction="sum")
        self.quantiles = quantiles

    def call(self, y_true, y_pred):
        parts = []
        for i, q in enumerate(self.quantiles):
            error = y_true[..., i] - y_pred[..., i]
            parts.append(ops.maximum(q * error, (q - 1.0) * error))
        return 0.01 * sum(parts)


class Both(keras.losses.Loss):
    focal = Focal(3.0)

    def call(self, y_true, y_pred):
        return self.focal(y_true, y_pred) + keras.losses.mean_absolute_error(y_true, y_pred)


x = keras.Input((5, 3), name="x")
h = layers.LSTM(4, return_sequences=True)(x)
one = layers.Dense(2, name="one")(h[:, -1])
two = layers.Dense(3, name="two")(h)
three = layers.Dense(2, name="three")(h[:, 0])
model = keras.Model(x, [one, two, three])
model.compile(
    optimizer=keras.optimizers.SGD(0.05),
    loss=[Focal(), Quantiles([0.1, 0.5, 0.9]), Both()],
    metrics=[["mae"], [], ["mse"]],
)
