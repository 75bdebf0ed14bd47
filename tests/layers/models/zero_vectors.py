# What is normalized has vectors of zeros, as padding leaves them: their slopes are finite.
import keras
from keras import layers, ops

a, b = layers.Input((6, 4), name="a"), layers.Input((6, 4), name="b")
zeros = layers.Lambda(lambda t: t * ops.cast(ops.arange(6) > 2, t.dtype)[None, :, None])
h = layers.Dense(4, name="h")(zeros(a))
dot = layers.Dot(axes=-1, normalize=True)([zeros(h), zeros(b)])
unit = layers.UnitNormalization()(zeros(h)) + ops.normalize(zeros(b), axis=-1)
lengths = layers.Lambda(
    lambda t: ops.concatenate(
        [
            ops.sqrt(ops.sum(t * t, axis=-1)),
            ops.std(t, axis=-1),
            ops.norm(t, axis=-1),
            ops.where(ops.sum(t * t, axis=-1) > 0, ops.rsqrt(ops.sum(t * t, axis=-1)), 0.0),
        ],
        axis=-1,
    )
    * ops.tile(ops.cast(ops.arange(6) > 2, t.dtype), 4)
)(zeros(h))
similar = keras.losses.cosine_similarity(zeros(h), zeros(b), axis=-1)
y = layers.concatenate([layers.Flatten()(dot), layers.Flatten()(unit), lengths, similar])
model = keras.Model([a, b], layers.Dense(2)(y))
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
