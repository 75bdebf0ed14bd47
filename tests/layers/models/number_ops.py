# More functions of numbers of keras.ops, and its choices and loops.
import keras
from keras import ops
from keras.layers import Dense, Input, Lambda

x = Input((5, 4))
h = Dense(4, activation="sigmoid")(x) + 0.25
odd = ops.where(ops.greater(x, 0.5), ops.log(-h), x)


def powers(v):
    total = ops.fori_loop(1, 4, lambda i, t: t + ops.divide(ops.power(v, i), ops.cast(i, "float32")), v)
    last, _ = ops.while_loop(lambda t, i: i < 3, lambda t, i: (t * v + 1, i + 1), (total, 0))
    return last / 3


def branches(v):
    return ops.cond(ops.sum(v) > 0, lambda: 2 * v, lambda: ops.square(v))


parts = [
    ops.arcsinh(x),
    ops.arccosh(1.5 + h),
    ops.arctanh(0.7 * (h - 0.5)),
    ops.cbrt(x),
    ops.sinc(x),
    ops.erfc(x),
    ops.hypot(x, h),
    ops.heaviside(x, h) * h,
    ops.fmod(3 * x, h + 0.5),
    ops.fmax(x, h),
    ops.fmin(x, 0.25),
    ops.fmax(odd, 0.1 * h),
    ops.logaddexp2(x, h),
    ops.nan_to_num(odd, nan=0.3) * h,
    ops.cast(ops.isnan(odd), "float32") * h,
    ops.cast(ops.isfinite(odd), "float32") * x,
    ops.cast(ops.isinf(1e38 * x), "float32"),
    ops.cast(ops.isclose(x, h, rtol=0.2, atol=0.1), "float32") * h,
    ops.cast(ops.logical_or(ops.isposinf(x), ops.isneginf(x)), "float32"),
    Lambda(powers)(h),
    Lambda(branches)(h),
]
y = sum(parts) / len(parts)
model = keras.Model(x, Dense(2)(ops.mean(y, axis=1)))
model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
