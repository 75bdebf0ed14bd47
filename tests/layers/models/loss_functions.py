# Losses and metrics that the file defines: per sample, per element and of the whole batch.
import keras
from keras import layers, ops


def weighted_error(y_true, y_pred):
    error = ops.subtract(y_true, y_pred)
    return ops.mean(ops.where(error > 0, 2.0 * error * error, ops.abs(error)), axis=-1)


def squares(y_true, y_pred):
    return ops.square(ops.subtract(y_pred, y_true))


def root(y_true, y_pred):
    return ops.sqrt(ops.mean(ops.square(ops.subtract(y_pred, y_true))))


def quantile(q):
    def loss(y, f):
        error = ops.subtract(y, f)
        return ops.mean(ops.maximum(q * error, (q - 1) * error), axis=(1, 2))

    return loss


x = keras.Input((5, 3), name="x")
h = layers.LSTM(4, return_sequences=True)(x)
one = layers.Dense(2, name="one")(h[:, -1])
two = layers.Dense(3, name="two")(h)
three = layers.Dense(1, name="three")(layers.GlobalAveragePooling1D()(h))
four = layers.Dense(2, name="four")(h)
model = keras.Model(x, [one, two, three, four])
model.compile(
    optimizer=keras.optimizers.SGD(0.05),
    loss=[weighted_error, squares, root, quantile(0.7)],
    metrics=[[squares], [root, "mae"], [weighted_error], []],
)
