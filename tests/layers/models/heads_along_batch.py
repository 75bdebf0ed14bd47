# Attention whose heads lie behind each other along the batch, where they are cut apart again.
import keras
from keras import layers, ops


class Heads(layers.Layer):
    def __init__(self, heads, size):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (layers.Dense(heads * size) for _ in range(3))

    def call(self, x):
        behind = lambda t: ops.concatenate(ops.split(t, self.heads, axis=2), axis=0)
        query, key, value = behind(self.query(x)), behind(self.key(x)), behind(self.value(x))
        scores = ops.matmul(query, ops.transpose(key, (0, 2, 1))) / key.shape[-1] ** 0.5
        counts = ops.tile(ops.max(x, axis=-1) > -0.5, (self.heads, 1))
        scores = ops.where(ops.expand_dims(counts, 1), scores, -1e9)
        found = ops.matmul(ops.softmax(scores, axis=-1), value)
        return ops.concatenate(ops.split(found, self.heads, axis=0), axis=2)


x = layers.Input((None, 3), name="x")
model = keras.Model(x, layers.Dense(2)(Heads(2, 3)(x)))
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
