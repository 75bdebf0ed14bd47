# Places that are counted, one-hot vectors of any type, and first states that a cell learns.
import keras
from keras import layers, ops


class Positions(layers.Layer):
    """Rows of a table by how many ids there were so far, as RoBERTa counts them."""

    def build(self, shape):
        self.table = self.add_weight(shape=(12, 3), name="table")

    def call(self, ids):
        counts = ops.cast(ops.not_equal(ids, 0), "int32")
        places = ops.cumsum(counts, axis=1) * counts
        kinds = ops.cast(ops.one_hot(places % 3, 3, dtype="int32"), self.table.dtype)
        return ops.take(self.table, places, axis=0) + kinds


class Learnt(layers.Layer):
    """A cell whose first state is a weight."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units), name="w")
        self.first = self.add_weight(shape=(self.units,), name="first")

    def call(self, x, states):
        h = ops.tanh(ops.matmul(x, self.w) + states[0])
        return h, [h]

    def get_initial_state(self, batch_size=None):
        return [ops.tile(self.first[None], (batch_size, 1))]


ids = layers.Input((6,), dtype="int32")
h = layers.RNN(Learnt(4))(Positions()(ids))
model = keras.Model(ids, layers.Dense(2)(h))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
