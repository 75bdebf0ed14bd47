# Angles of sides, powers of two, signs.
import keras
import numpy as np
from keras import ops
from keras.layers import Dense, Input

x = Input((5, 4))
h = Dense(4, activation="tanh")(x)
y = sum(
    [
        ops.arctan(0.3 * h),
        ops.arctan(7 * x),
        ops.arcsin(0.95 * h),
        ops.arccos(-0.9 * h),
        ops.arctan2(h, x),
        ops.arctan2(x, 0.25),
        ops.arctan2(-0.5, h - 3),
        ops.ldexp(h, ops.cast(4 * x, "int32")),
        ops.ldexp(x, np.array([-2, 0, 1, 3])),
        ops.where(ops.signbit(h), 0.1 * x, x * h),
    ]
) + ops.arctan(1.0)
model = keras.Model(x, Dense(2)(ops.mean(y, axis=1)))
model.compile(optimizer=keras.optimizers.SGD(1e-5), loss="mse")
