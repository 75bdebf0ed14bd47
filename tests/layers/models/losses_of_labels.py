# Losses of the file that compare labels: their targets have no axis of classes, and so have those of
# metrics of the file beside them.
import keras
from keras import layers, losses, ops

x = layers.Input((5, 3))
h = layers.GRU(6, return_sequences=True)(x)
words = layers.Dense(7, name="words")(h)
tags = layers.Dense(4, activation="softmax", name="tags")(h)
kind = layers.Dense(3, activation="softmax", name="kind")(h[:, -1])

values = losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")


def masked(y_true, y_pred):
    mask = ops.cast(ops.not_equal(y_true, 0), "float32")
    return ops.sum(values(y_true, y_pred) * mask) / (ops.sum(mask) + 1e-3)


def right(y_true, y_pred):
    same = ops.equal(ops.cast(y_true, "int32"), ops.argmax(y_pred, axis=-1))
    return ops.mean(ops.cast(same, "float32"))


class Weighted(losses.Loss):
    def call(self, y_true, y_pred):
        found = losses.sparse_categorical_crossentropy(y_true, y_pred)
        return found * ops.where(y_true > 1, 2.0, 0.5)


model = keras.Model(x, [words, tags, kind])
model.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss=[masked, Weighted(), losses.SparseCategoricalCrossentropy()],
    metrics=[[right], [], [right]],
)
