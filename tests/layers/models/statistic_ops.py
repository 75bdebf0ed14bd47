# Quantiles, bins, and what is not a number: of numbers, where all are, and of quotients that are
# none here and there.
import keras
import numpy as np
from keras import ops
from keras.layers import Dense, Input, Lambda

x = Input((5, 4))
s = Input((None, 3))
h = Dense(4, activation="tanh")(x) + 0.25 * x
# NaN where x is below -0.5, without a gradient there.
holes = ops.where(x < -0.5, np.nan, h)


def chosen(axis, method):
    """In a layer: `ops.quantile` of a symbolic tensor drops `method` in Keras."""
    sizes = {1: (4,), 2: (5,)}
    return Lambda(lambda t: ops.quantile(t, 0.3, axis=axis, method=method), sizes[axis])(h)


rows = [
    ops.median(h, axis=1),
    ops.median(h, axis=-1, keepdims=True)[:, :, 0],
    ops.median(h, axis=(1, 2), keepdims=True)[:, 0],
    ops.quantile(h, 0.3, axis=1),
    chosen(1, "lower"),
    chosen(1, "higher"),
    chosen(2, "nearest"),
    chosen(2, "midpoint"),
    ops.sum(ops.quantile(h, [0.0, 0.25, 1.0], axis=1) * np.array([1.0, 2.0, 0.5])[:, None, None], axis=0),
    ops.percentile(h, 80, axis=1),
    ops.nansum(holes, axis=1),
    ops.nansum(h, axis=(1, 2), keepdims=True)[:, 0],
    ops.nanprod(1 + 0.3 * holes, axis=2),
    ops.nan_to_num(ops.nanmean(holes, axis=1)),
    ops.nan_to_num(ops.nanmax(holes, axis=1)),
    ops.nan_to_num(ops.nanmin(h, axis=2)),
    ops.nanvar(h, axis=1),
    ops.nanstd(h, axis=2),
    ops.nancumsum(holes, axis=1)[:, 3],
    ops.nancumprod(1 + 0.5 * holes, axis=2)[:, :, 2],
    ops.cast(ops.nanargmax(holes, axis=1), "float32") * h[:, 0],
    ops.cast(ops.nanargmin(h, axis=2, keepdims=True), "float32")[:, :, 0] * h[:, :, 1],
    ops.cast(ops.searchsorted(np.array([-1.0, -0.2, 0.3, 0.9]), x[:, 0, 0]), "float32")[:, None] * h[:, 1],
    ops.cast(ops.searchsorted(np.array([-1, 0, 1, 2], "int32"), ops.cast(2 * x, "int32")[:, 1, 1], side="right"), "float32")[:, None] * h[:, 1],
    ops.cast(ops.digitize(x, np.array([-0.5, 0.0, 0.75])), "float32")[:, 1] * h[:, 2],
    ops.cast(ops.allclose(h, h + 1e-12), "float32") * h[:, 4],
    ops.nanmean(s, axis=1),
]
model = keras.Model([x, s], Dense(2)(ops.concatenate([ops.reshape(r, (-1, r.shape[-1])) for r in rows], axis=-1)))
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
