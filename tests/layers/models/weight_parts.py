# Weights, whose axis 0 is no batch, cut, moved and repeated along it.
import keras
from keras import layers, ops


class Parts(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(shape=(8, 6), name="table")
        self.row = self.add_weight(shape=(8,), name="row")

    def call(self, x):
        top, bottom = ops.split(self.table, 2)
        first, middle, last = ops.split(self.row, [3, 4], axis=0)
        rows = ops.unstack(ops.roll(self.table, 3, axis=0))
        y = ops.matmul(x, top) * rows[1] + ops.matmul(x, ops.diff(self.table, axis=0)[2:6])
        y = y + ops.matmul(x, ops.repeat(bottom[:2], 2, axis=0))
        y = y + ops.matmul(x, ops.tile(bottom[1:3], (2, 1))) * middle
        return ops.tanh(y) + ops.tile(first, 2) * ops.sum(last)


x = layers.Input((5, 4))
model = keras.Model(x, layers.Dense(3)(Parts()(x)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
