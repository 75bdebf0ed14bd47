# Comparisons, logic and choices; powers, remainders; scalars on either side.
import keras
from keras import ops
from keras.layers import Dense, Input, Lambda

x = Input((6, 5))
h = Dense(5, activation="tanh")(x)
positive = ops.where(x > 0, h, -0.5 * h)
inside = (h > -0.5) & (0.5 >= h) | ~(x < 1)
chosen = ops.where(inside, ops.square(h), 1.0)
counted = ops.cast(ops.logical_and(x >= h, x != 0.25), "float32") * h
masked = ops.where(ops.logical_xor(ops.equal(h, x), h <= x), 2 - x, 0)
powers = (1.5 + h) ** 1.7 + 2.0**h + (2 + h) ** (0.5 * x) + x**-2 * 1e-3 + (1.2 + h) ** 0.5
whole = x // 0.7 + (x % 0.9) * h + 1 / (3 - abs(h))
same = Lambda(lambda t: ops.where(t == ops.max(t, axis=-1, keepdims=True), t, 0.1 * t))(h)
some = ops.where(ops.any(x > 1.5, axis=1, keepdims=True), h, 0.25)
total = positive + chosen + counted + masked + powers + whole + same + some
model = keras.Model(x, Dense(2)(ops.clip(total, -20, 20)))
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
