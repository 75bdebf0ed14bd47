# Functions of the file along an axis: of time, of the batch, of weights.
import keras
from keras import ops
from keras.layers import Dense, Input, Layer


class Leaky(Layer):
    """A state that decays, and what it was in each step."""

    def build(self, shape):
        self.decay = self.add_weight(shape=(shape[-1],), name="decay")
        self.levels = self.add_weight(shape=(3, shape[-1]), name="levels")

    def call(self, x):
        keep = ops.sigmoid(self.decay)

        def step(state, now):
            state = keep * state + (1 - keep) * now
            return state, ops.tanh(state)

        start = ops.zeros_like(x[:, 0])
        last, ys = ops.scan(step, start, ops.transpose(x, (1, 0, 2)))
        first, backwards = ops.scan(step, last, ops.transpose(x, (1, 0, 2)), reverse=True)
        # Along the rows of a weight.
        levels, _ = ops.scan(lambda state, row: (state + ops.sin(row) * state, state), first, self.levels)
        # Two states, and nothing to go along.
        (a, b), (trace, _) = ops.scan(lambda c, _: ((c[1], 0.5 * c[0] + keep), (c[0], c[1])), (levels, last), length=4)
        branch = ops.cast(ops.sum(self.decay) > -100.0, "int32")
        y = ops.switch(branch, [lambda t: ops.transpose(5 * t, (1, 0, 2)), lambda t: ops.transpose(t, (1, 0, 2))], backwards)
        y = ops.switch(-3, [lambda t: t + a[:, None], lambda t: t], y)
        return y * ops.transpose(ys, (1, 0, 2)) + (b + ops.sum(trace, axis=0))[:, None]


x = Input((None, 4))
s = Input((5, 3))
h = Dense(4, activation="tanh")(x)
y = Leaky()(h)
largest = ops.associative_scan(ops.maximum, s, axis=1)
factors, sums = ops.associative_scan(
    lambda a, b: (a[0] * b[0], b[0] * a[1] + b[1]), (ops.sigmoid(s), s), axis=1, reverse=True
)
each = ops.map(lambda t: ops.matmul(ops.transpose(t), t), h)
scaled = ops.vectorized_map(lambda t: t / (1 + ops.max(ops.abs(t))), s)
places = ops.map(lambda pair: ops.argmax(pair[0], axis=0) * ops.cast(pair[1][0, 0] > 0, "int32"), (s, h))
rows = [
    ops.mean(y, axis=1),
    largest[:, 3],
    factors[:, 1],
    sums[:, 0],
    ops.mean(each, axis=1) / 10,
    ops.mean(scaled, axis=1),
    ops.cast(places, "float32") * s[:, 0],
]
model = keras.Model([x, s], Dense(2)(ops.concatenate(rows, axis=-1)))
model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
