# Metrics of the file that derive from Mean and Sum, and that have these inside.
import keras
from keras import layers, metrics, ops


def difference(y_true, y_pred):
    return ops.cast(y_true, "float32") - ops.cast(y_pred, "float32")


class Perplexity(metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        losses = keras.losses.binary_crossentropy(y_true, y_pred)
        super().update_state(losses, sample_weight)

    def result(self):
        return ops.exp(super().result())


class Distance(metrics.Mean):
    """Of values with more axes than the weights have."""

    def __init__(self, name="distance"):
        super().__init__(name=name)

    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(ops.abs(difference(y_true, y_pred)), sample_weight=sample_weight)


class Mistakes(metrics.Sum):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(ops.square(difference(y_true, y_pred)), sample_weight)


class Ratio(metrics.Metric):
    def __init__(self, name="ratio"):
        super().__init__(name=name)
        self.total = metrics.Sum(name="total")
        self.average = metrics.Mean()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.update_state(y_pred)
        self.average.update_state(ops.mean(y_pred), 2.0)
        self.average.update_state(ops.max(y_true, axis=1))

    def result(self):
        return self.total.result() / (1.0 + self.average.result())

    def reset_state(self):
        self.total.reset_state()
        self.average.reset_state()


x = layers.Input((None, 3))
model = keras.Model(x, layers.Dense(4, activation="sigmoid")(layers.LSTM(5)(x)))
model.compile(
    "sgd",
    "binary_crossentropy",
    metrics=[Perplexity(), Distance(), Mistakes(), Ratio()],
    weighted_metrics=[Perplexity(name="weighted"), Distance("far"), Mistakes(name="sums")],
)
