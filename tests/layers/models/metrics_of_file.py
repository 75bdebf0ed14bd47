# Metrics that are classes of the file: sums of their own, metrics of Keras inside, and what an
# update computes of these.
import keras
from keras import layers, ops


class Share(keras.metrics.Metric):
    """Counts, and an average over batches' samples of what is above a limit."""

    def __init__(self, limit=0.5, name="share", **options):
        super().__init__(name=name, **options)
        self.limit = limit
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.seen = self.add_weight(shape=(), initializer="zeros", name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        hits = ops.cast((y_pred > self.limit) == (y_true > self.limit), "float32")
        if sample_weight is not None:
            hits = hits * ops.cast(ops.expand_dims(sample_weight, -1), "float32")
        self.hits.assign_add(ops.sum(hits))
        self.seen.assign(self.seen + ops.sum(ops.ones_like(hits)))

    def result(self):
        return self.hits / ops.maximum(self.seen, 1e-7)

    def reset_state(self):
        self.hits.assign(0.0)
        self.seen.assign(0.0)


class F1(keras.metrics.Metric):
    def __init__(self, name="f1", **options):
        super().__init__(name=name, **options)
        self.precision = keras.metrics.Precision(thresholds=0.4)
        self.recall = keras.metrics.Recall(thresholds=0.4)
        self.f1 = self.add_weight(name="f1", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        p = self.precision(y_true, y_pred)
        self.recall.update_state(y_true, y_pred)
        r = self.recall.result()
        self.f1.assign(2 * p * r / (p + r + 1e-6))

    def result(self):
        return self.f1

    def reset_state(self):
        self.precision.reset_state()
        self.recall.reset_state()


class WorstClass(keras.metrics.Metric):
    """The smallest share of errors of any output."""

    def __init__(self, classes, name="worst"):
        super().__init__(name=name)
        self.errors = self.add_weight(shape=(classes,), initializer="zeros", name="errors")
        self.samples = [self.add_weight(name="samples", initializer="zeros")]

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.errors.assign_add(ops.sum(ops.abs(ops.cast(y_true, "float32") - ops.cast(y_pred, "float32")), axis=0))
        self.samples[0].assign_add(ops.sum(ops.ones_like(y_pred[:, 0])))

    def result(self):
        return ops.max(self.errors / self.samples[0])


x = layers.Input((None, 3))
model = keras.Model(x, layers.Dense(4, activation="sigmoid")(layers.LSTM(5)(x)))
model.compile("sgd", "binary_crossentropy", metrics=[Share(), F1(), WorstClass(4)], weighted_metrics=[Share(0.3)])
