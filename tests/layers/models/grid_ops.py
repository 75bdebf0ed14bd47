# Tensors put together from rows, and tables of pairs.
import keras
import numpy as np
from keras import ops
from keras.layers import Dense, Input, Layer


class Grids(Layer):
    """Of weights, which have no batch."""

    def build(self, shape):
        self.row = self.add_weight(shape=(3,), name="row")
        self.table = self.add_weight(shape=(2, 3), name="table")

    def call(self, x):
        first, second = ops.meshgrid(self.row, np.array([0.5, -1.0]))
        deep = ops.meshgrid(self.row, self.row, self.row[:2], indexing="ij")
        stacked = ops.vstack([self.table, first * second])
        joined = ops.append(self.table, deep[0][:, :, 0] + deep[2][:, :, 1], axis=0)
        flat = ops.append(self.row, self.table)
        pairs = ops.outer(self.row, self.table)
        table = ops.matmul(stacked, ops.transpose(joined))
        scale = ops.sum(table) + ops.sum(flat * flat) + ops.sum(pairs * pairs) + ops.cast(ops.size(table), x.dtype)
        assert ops.is_tensor(x) and ops.dtype(x) == x.dtype
        return x * 0.01 * scale * (1.0 if ops.is_tensor(scale) else 2.0)


x = Input((5, 4))
n = Input((6,), dtype="int32")
h = Dense(4, activation="tanh")(x)
rows = [
    ops.rot90(h, axes=(1, 2))[:, 1],
    ops.rot90(h, k=-1, axes=(-2, -1))[:, 2],
    ops.vander(h[:, 0, 0], 4),
    ops.vander(h[:, 2, 1], 3, increasing=True),
    ops.cdist(h, x)[:, :, 1],
    ops.cdist(h[:, :2], x[:, 1:4])[:, 0],
    ops.sum(ops.extract_sequences(ops.transpose(h, (0, 2, 1)), 3, 2), axis=(1, 2)),
    ops.get_item(h, (slice(None), 2, slice(1, 3))),
    ops.outer(h[:, 1, 2], np.array([1.0, -0.5, 2.0])),
    ops.multi_hot(n, 5) * h[:, 0, :1],
    ops.cast(ops.saturate_cast(3 * x, "int32"), "float32")[:, 0] * h[:, 1],
    ops.append(h, x, axis=1)[:, 7],
    h[:, 4] + ops.empty_like(h)[:, 0] * 0,
    Grids()(h)[:, 0],
]
model = keras.Model([x, n], Dense(2)(ops.concatenate([ops.reshape(r, (-1, r.shape[-1])) for r in rows], axis=-1)))
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
