# A conditional random field: its loss is a method of the layer that owns the transitions, and so
# are its metrics; the names of functions are what the file says.
import functools

import keras
from keras import layers, ops


class CRF(layers.Layer):
    def __init__(self, tags, **options):
        super().__init__(**options)
        self.tags = tags

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.tags))
        self.chain = self.add_weight(name="chain", shape=(self.tags, self.tags), initializer="glorot_uniform")
        self.start = self.add_weight(name="start", shape=(self.tags,), initializer="zeros")

    def call(self, x):
        return ops.matmul(x, self.kernel)

    def score(self, y_true, y_pred):
        steps = ops.sum(y_true * y_pred, axis=(1, 2)) + ops.sum(y_true[:, 0] * self.start, axis=-1)
        pairs = ops.matmul(y_true[:, :-1], self.chain) * y_true[:, 1:]
        return steps + ops.sum(pairs, axis=(1, 2))

    def normalizer(self, y_pred):
        alpha = y_pred[:, 0] + self.start
        for step in range(1, 4):
            alpha = ops.logsumexp(alpha[:, :, None] + self.chain[None], axis=1) + y_pred[:, step]
        return ops.logsumexp(alpha, axis=-1)

    def loss(self, y_true, y_pred):
        return self.normalizer(y_pred) - self.score(y_true, y_pred)

    def accuracy(self, y_true, y_pred):
        hits = ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1))
        return ops.mean(ops.cast(hits, "float32"), axis=-1)


def powered(power, y_true, y_pred):
    return ops.mean(ops.abs(ops.subtract(y_true, y_pred)) ** power, axis=-1)


def quantile(q):
    def metric(y_true, y_pred):
        error = ops.subtract(y_true, y_pred)
        return ops.mean(ops.maximum(q * error, (q - 1) * error), axis=-1)

    metric.__name__ = f"q{int(q * 100)}"
    return metric


x = layers.Input((4, 5))
h = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
crf = CRF(3)
model = keras.Model(x, crf(h))
model.compile(
    optimizer=keras.optimizers.SGD(0.05),
    loss=crf.loss,
    metrics=[crf.accuracy, quantile(0.9), functools.partial(powered, 2)],
)
