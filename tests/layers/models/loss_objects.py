# Losses and metrics as objects of their classes, one output for each.
import keras
from keras import layers, losses, metrics

x = layers.Input((3, 4))
h = layers.LSTM(6)(x)


def numbers(name):
    return layers.Dense(3, name=name)(h)


def shares(name):
    return layers.Dense(3, activation="softmax", name=name)(h)


model = keras.Model(
    x,
    [
        numbers("hinge"),
        numbers("squared_hinge"),
        shares("kind_hinge"),
        numbers("direction"),
        shares("divergence"),
        numbers("log_cosh"),
        shares("percentage"),
        shares("logarithms"),
        shares("rate"),
        shares("kind"),
        shares("number"),
        layers.Dense(2, activation="sigmoid", name="bits")(h),
    ],
)
model.compile(
    optimizer=keras.optimizers.SGD(0.05),
    loss=[
        losses.Hinge(),
        losses.SquaredHinge(),
        losses.CategoricalHinge(reduction="sum"),
        losses.CosineSimilarity(),
        losses.KLDivergence(),
        losses.LogCosh(reduction="sum"),
        losses.MeanAbsolutePercentageError(),
        losses.MeanSquaredLogarithmicError(),
        losses.Poisson(),
        losses.CategoricalCrossentropy(),
        losses.SparseCategoricalCrossentropy(),
        losses.BinaryCrossentropy(),
    ],
    metrics=[
        [metrics.Hinge()],
        [metrics.SquaredHinge()],
        [metrics.CategoricalHinge()],
        [metrics.CosineSimilarity(), metrics.ConcordanceCorrelation()],
        [metrics.KLDivergence()],
        [],
        [metrics.MeanAbsolutePercentageError()],
        [metrics.MeanSquaredLogarithmicError()],
        [metrics.Poisson()],
        [metrics.CategoricalAccuracy()],
        [metrics.SparseCategoricalAccuracy()],
        [metrics.TrueNegatives()],
    ],
)
