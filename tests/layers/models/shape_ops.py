# The functions of keras.ops that move, repeat, join and pick elements; one length is known at run time only.
import keras
from keras import ops
from keras.layers import Dense, Flatten, Input

t = Input((None, 4), name="t")
x = Input((3, 4), name="x")
h = Dense(6, activation="tanh")(x)
a, b = ops.split(h, 2, axis=-1)
first, middle, last = ops.split(h, [1, 4], axis=2)
steps = ops.unstack(x, axis=1)
turned = ops.swapaxes(ops.moveaxis(ops.stack([a, b], axis=1), 1, -1), 1, 2)  # (3, 3, 2)
again = ops.tile(ops.repeat(a, 2, axis=1), (1, 1, 2))  # (6, 6)
mirrored = ops.flip(x, axis=(1, 2)) + ops.flip(x, axis=-1)[:, ::-1]
wide = ops.expand_dims(x, axis=(1, -1)) * ops.reshape(b, (-1, 1, 3, 3))[:, :, :, 1:2, None]
doubled = ops.repeat(t, 2, axis=1) * ops.tile(t, (1, 2, 1)) - ops.flip(ops.repeat(t, 2, axis=1), 1)
pooled = ops.mean(doubled, axis=1)
flat = [Flatten()(y) for y in (middle, last, turned, again, mirrored, wide, *ops.split(first, 3, 1))]
model = keras.Model([t, x], Dense(2)(ops.concatenate([*flat, *steps, pooled], axis=1)))
model.compile(optimizer=keras.optimizers.SGD(1e-4), loss="mse")
