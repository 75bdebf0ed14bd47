# Attention to the past alone as a package writes it, with a window of 10^9 steps: numbers that a float
# does not tell from their neighbours are added up first. Penalties of the file on its weights, and
# variables in place of add_weight.
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable()
class Squares(keras.regularizers.Regularizer):
    def __init__(self, factor=0.01):
        self.factor = factor

    def __call__(self, w):
        return self.factor * ops.sum(ops.square(w))

    def get_config(self):
        return {"factor": self.factor}


def rows(w):
    return 0.02 * ops.sqrt(1e-3 + ops.sum(ops.square(w), axis=-1))


class HistoryOnly(layers.Layer):
    def __init__(self, units, window=int(1e9), **options):
        super().__init__(**options)
        self.units, self.window = units, window

    def build(self, shape):
        draw = keras.initializers.get("glorot_normal")
        self.q = self.add_weight(shape=(shape[-1], self.units), name="q", regularizer=rows)
        self.k = keras.Variable(draw((shape[-1], self.units)), name="k")
        self.scale = keras.Variable(0.5, name="scale")
        self.shift = keras.Variable(initializer="ones", shape=(self.units,), name="shift")

    def call(self, x):
        n = ops.shape(x)[1]
        lower = ops.expand_dims(ops.arange(0, n) - (self.window - 1), axis=-1)
        upper = lower + self.window
        indices = ops.expand_dims(ops.arange(0, n), axis=0)
        seen = ops.cast(lower <= indices, x.dtype) * ops.cast(indices < upper, x.dtype)
        scores = ops.matmul(ops.matmul(x, self.q) + self.shift, ops.transpose(ops.matmul(x, self.k), (0, 2, 1)))
        return ops.matmul(ops.softmax(self.scale * scores - 1e4 * (1.0 - seen)), x)


x = layers.Input((None, 4))
h = HistoryOnly(3)(x)
y = layers.Dense(2, kernel_regularizer=Squares(0.1))(h)
model = keras.Model(x, y)
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
