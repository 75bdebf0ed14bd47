# keras.ops.take: places that the file says, places that are computed; along each axis; of tables of a
# layer of the file and of constants. What floats are as integers.
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


class Codes(layers.Layer):
    def build(self, shape):
        self.codes = self.add_weight(shape=(4, 2, 3), name="codes", initializer="glorot_normal")

    def call(self, ids):
        columns = ops.take(self.codes, ids, axis=1)
        return ops.take(self.codes, ids, axis=0), ops.transpose(columns, (1, 0, 2, 3))


x = keras.Input((6, 4), name="x")
steps = keras.Input((None, 3), name="steps")
ids = keras.Input((3,), dtype="int32", name="ids")

some = ops.take(x, [0, -1, 2], axis=1)
one = ops.take(x, 3, axis=-1)
square = ops.take(x, [[0, 1], [2, -1]], axis=2)
many = ops.take(x, [(5 * i + 1) % 6 - 3 for i in range(12)], axis=1)
ends = ops.take(steps, [-1, 0], axis=1)
table = ops.take(np.arange(15.0).reshape(5, 3) / 9, ids, axis=0)
rows, columns = Codes()(ops.cast(ids > 1, "int32"))
signs = ops.cast(2.5 * x, "int32")
hot = ops.one_hot(x, 3)
best = ops.take(ops.convert_to_tensor([0.5, -1.0, 0.25, 2.0]), ops.argmax(x, axis=-1), axis=0)
picked = layers.Lambda(lambda t: tf.gather(t, [1, 0, 1], axis=2), output_shape=(6, 3))(x)
parts = [
    layers.Flatten()(layers.Dense(2, activation="tanh")(part))
    for part in (some, one, many, ends, table, picked)
]
parts += [layers.Flatten()(ops.tanh(part)) for part in (square, rows, columns, hot)]
parts += [ops.cast(layers.Flatten()(signs), "float32"), best]
y = layers.Dense(2, name="y")(layers.Concatenate()(parts))
model = keras.Model([x, steps, ids], y)
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
