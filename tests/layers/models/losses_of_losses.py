# Losses of the file that are made of Keras' own, as functions and as objects.
import keras
from keras import layers, ops

squares = keras.losses.MeanSquaredError()
total = keras.losses.Huber(delta=0.5, reduction="sum")
classes = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)


def weighted(y_true, y_pred):
    return keras.losses.mean_squared_error(y_true, y_pred) + 0.1 * keras.losses.mean_absolute_error(y_true, y_pred)


def small(y_true, y_pred):
    return squares(y_true, y_pred) + 0.01 * ops.mean(ops.abs(y_pred)) + 0.1 * total(y_true, y_pred)


def turned(y_true, y_pred):
    bits = keras.losses.binary_crossentropy(ops.sigmoid(y_true), y_pred, from_logits=True)
    return bits + 0.5 * keras.losses.cosine_similarity(y_true, y_pred)


def shared(y_true, y_pred):
    return classes(ops.softmax(y_true), ops.softmax(y_pred)) + keras.losses.kl_divergence(
        ops.softmax(y_true), ops.softmax(y_pred)
    )


def error(y_true, y_pred):
    return keras.losses.log_cosh(y_true, y_pred)


x = keras.Input((5, 3), name="x")
h = layers.LSTM(4, return_sequences=True)(x)
one = layers.Dense(2, name="one")(h[:, -1])
two = layers.Dense(3, name="two")(h)
three = layers.Dense(4, name="three")(h)
four = layers.Dense(3, name="four")(h[:, 0])
model = keras.Model(x, [one, two, three, four])
model.compile(
    optimizer=keras.optimizers.SGD(0.05),
    loss=[weighted, small, turned, shared],
    metrics=[[error], [weighted], [], ["mae"]],
)
