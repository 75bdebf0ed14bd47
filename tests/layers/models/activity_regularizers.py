# Penalties on what layers compute, each divided by the batch, and losses that layers add.
import keras
from keras import layers, ops, regularizers


class Sparse(layers.Layer):
    """Adds to the loss itself, and by the layer inside."""

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.inner = layers.Dense(4, activity_regularizer=regularizers.L1(0.02))

    def call(self, x):
        h = self.inner(x)
        self.add_loss(self.rate * ops.mean(ops.square(h)))
        self.add_loss([ops.mean(ops.abs(h), axis=0) * 0.01, ops.sum(self.inner.kernel) * 0.003])
        return ops.tanh(h)


class Twice(layers.Dense):
    def call(self, x):
        return 2 * super().call(x)


x = keras.Input((5, 3), name="x")
shared = layers.Dense(3, activity_regularizer="l2")
h = layers.BatchNormalization(activity_regularizer="l2")(shared(shared(x)))
h, state, cell = layers.LSTM(
    4, return_sequences=True, return_state=True, activity_regularizer=regularizers.L2(0.05)
)(h)
h = layers.Bidirectional(
    layers.GRU(3, return_sequences=True, activity_regularizer=regularizers.L1(0.04)),
    activity_regularizer=regularizers.L2(0.01),
)(h)
h = layers.SimpleRNN(4, return_sequences=True, activity_regularizer="l1")(h)
h = layers.Conv1D(4, 2, activation="relu", activity_regularizer=regularizers.L1L2(0.01, 0.02))(h)
h = layers.MultiHeadAttention(2, 3, activity_regularizer=regularizers.L2(0.03))(h, h)
h = layers.ActivityRegularization(l1=0.01, l2=0.02)(h)
h = Sparse(0.3, activity_regularizer=regularizers.L2(0.02))(h)
h = Twice(3, activity_regularizer=regularizers.L1(0.05))(h)
h = layers.GlobalAveragePooling1D(activity_regularizer=regularizers.L1(0.1))(h)
h = layers.concatenate([h, layers.add([state, cell])])
inside = keras.Input((7,))
inner = keras.Model(
    inside, layers.ActivityRegularization(0.5)(layers.Dense(3, activity_regularizer="l1")(inside))
)
y = layers.Dense(2, name="y", activity_regularizer=regularizers.L2(0.1))(inner(h))
y = layers.add([y, layers.Dense(2)(inner(layers.Dense(7)(y)))])
model = keras.Model(x, y)
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse", metrics=["mse"])
