# Functions of keras.ops along an axis and around it: running sums and products, padding, order,
# diagonals, boxes, averages.
import keras
import numpy as np
from keras import ops
from keras.layers import Dense, Input

x = Input((5, 4))
s = Input((None, 3))
h = Dense(4, activation="tanh")(x) + 0.25
values, places = ops.top_k(h, 3)
mean, variance = ops.moments(h, axes=1)
first, second = ops.hsplit(h, [2])
uneven = ops.array_split(h, 3, axis=1)
near, far = ops.dsplit(h, 2)
square = ops.matmul(ops.transpose(h, (0, 2, 1)), x)
parts = [
    ops.cumsum(h, axis=1),
    ops.cumprod(1 + 0.3 * h, axis=-1),
    ops.pad(h, ((0, 0), (1, 2), (0, 0)), mode="reflect")[:, 2:7],
    ops.pad(h, [(0, 0), (2, 0), (1, 3)], mode="symmetric")[:, 1:6, 2:6],
    ops.pad(h, ((0, 0), (1, 1), (2, 0)), constant_values=0.5)[:, :5, 1:5],
    ops.pad(h, ((0, 0), (0, 1), (0, 0)))[:, 1:],
    ops.sort(h, axis=1) * x,
    ops.sort(h) * x,
    ops.cast(ops.argsort(h, axis=1), "float32") * h,
    ops.take_along_axis(h, ops.argsort(x, axis=1), axis=1),
    ops.take_along_axis(x, places, axis=-1)[:, :, :1] * h,
    ops.slice_update(ops.cast(ops.argsort(x), "float32"), (0, 1, 1), ops.cast(places, "float32")[:, :4]) * h,
    ops.fliplr(h),
    ops.select([ops.greater(h, 0.5), ops.less(x, 0)], [h, x * h], 0.1),
    ops.hstack([second, first]),
    ops.dstack([far, near]),
    ops.hstack(uneven[1:] + uneven[:1]),
]
y = sum(parts) / len(parts)
rows = [
    ops.prod(1 + 0.2 * h, axis=(1, 2), keepdims=True)[:, 0],
    ops.prod(h, axis=1),
    ops.sum(values * values[:, :, :1], axis=1),
    ops.cast(ops.sum(places, axis=1), "float32") * mean[:, :3],
    mean * variance,
    ops.reshape(ops.diagonal(square, axis1=1, axis2=2), (-1, 4)),
    ops.reshape(ops.diagonal(ops.cast(ops.argsort(x), "float32"), 1, 1, 2), (-1, 3)) * mean[:, :3],
    ops.expand_dims(ops.trace(square, offset=-1, axis1=1, axis2=2), 1),
    ops.average(h, axis=1),
    mean * ops.average(ops.cast(ops.argsort(x), "float32"), axis=1, weights=np.array([1.0, 2.0, 0.5, 0.0, 3.0])),
    ops.average(y, axis=2, weights=ops.exp(x)),
    ops.trapezoid(h, dx=0.5, axis=1),
    ops.cross(h[:, 0, :3], x[:, 1, 1:]),
    ops.slice(h, (0, 1, 1), (-1, 2, 3))[:, 1],
    ops.inner(h, np.array([0.5, 1.0, -1.0, 2.0], "float32")),
    ops.cast(ops.in_top_k(places[:, 0, 0], ops.cast(x[:, 0], "float32"), 2), "float32")[:, None] * mean,
    ops.mean(y, axis=1),
    ops.max(ops.cumsum(s, axis=1), axis=1),
    ops.mean(ops.cumprod(1 + 0.2 * s, axis=1) * s, axis=1),
]
model = keras.Model([x, s], Dense(2)(ops.concatenate([ops.reshape(r, (-1, r.shape[-1])) for r in rows], axis=-1)))
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
