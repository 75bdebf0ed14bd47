# Functions of keras.ops that are made of others: hyperbolic functions, safe quotients, differences
# along an axis, places of the smallest, what comes around.
import keras
from keras import ops
from keras.layers import Dense, Input

x = Input((5, 4))
h = Dense(4, activation="sigmoid")(x) + 0.5
kept = ops.where(ops.greater(x, 0), x, 0)
elementwise = [
    ops.sinh(0.5 * x), ops.cosh(h), ops.trunc(3 * x) * h, ops.deg2rad(60 * x),
    ops.rad2deg(h) / 60, ops.logaddexp(x, h), ops.divide_no_nan(h, kept) * kept,
    ops.roll(h, 2, axis=1), ops.roll(x, -1, axis=-1), ops.roll(x, 4, axis=2) * h,
]
y = sum(elementwise) / len(elementwise)
steps = ops.diff(y, axis=1)
curved = ops.diff(h, n=2, axis=1) * ops.diff(x, 2, 1)
least = ops.one_hot(ops.argmin(x, axis=-1), 4)
count = ops.cast(ops.count_nonzero(kept, axis=1), "float32")
joined = ops.concatenate(
    [ops.mean(steps, axis=1), ops.sum(curved, axis=1), ops.sum(least * y, axis=1), 0.1 * count,
     ops.ptp(y, axis=1), ops.ptp(h, axis=(1, 2), keepdims=True)[:, 0]], axis=-1)
model = keras.Model(x, Dense(2)(joined))
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
