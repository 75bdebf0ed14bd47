# Layers that add to the loss, applied to each step: a loss of one step at a time.
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable()
class Spread(layers.Layer):
    """Its own regularizer is that of calls that Keras does not make here."""

    def __init__(self, units, **kwargs):
        super().__init__(activity_regularizer="l1", **kwargs)
        self.inner = layers.Dense(units, activation="tanh", activity_regularizer="l2")

    def build(self, input_shape):
        self.inner.build(input_shape)
        super().build(input_shape)

    def call(self, inputs):
        y = self.inner(inputs)
        self.add_loss(0.1 * ops.square(ops.mean(y)))
        return y

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.inner.units)


x = keras.Input((4, 3), name="x")
y = keras.Input((5, 3), name="y")
words = keras.Input((3, 4, 2), name="words")
four = layers.TimeDistributed(Spread(4))(x)
five = layers.TimeDistributed(Spread(2))(y)
part = keras.Sequential([layers.Dense(2, activity_regularizer="l1"), layers.Dense(3)])
inside = layers.TimeDistributed(part)(y)
silent = layers.TimeDistributed(layers.Dense(2, activity_regularizer="l2"))(y)
read = layers.TimeDistributed(layers.Bidirectional(layers.GRU(2, activity_regularizer="l2")))(words)
model = keras.Model([x, y, words], [four, five, inside, silent, read])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
