# Classes derived from layers of Keras that say what becomes of masks, and compute as those do.
import keras
from keras import layers, ops


class Silent(layers.LSTM):
    def compute_mask(self, inputs, mask=None):
        return None


class Masked(layers.Conv1D):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.supports_masking = True


class Shifted(layers.Dense):
    """Leaves one more step out."""

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else ops.logical_and(mask, ops.roll(mask, 1, axis=1))


class WarmUp(layers.Layer):
    """The first steps of all samples do not count."""

    def compute_mask(self, inputs, mask=None):
        return (ops.arange(6) >= 2)[None, :]

    def call(self, x):
        return 2.0 * x


class Mean(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return None

    def call(self, x, mask=None):
        if mask is None:
            return ops.mean(x, axis=1)
        counts = ops.cast(mask, x.dtype)[..., None]
        return ops.sum(x * counts, axis=1) / (ops.sum(counts, axis=1) + 1e-3)


x = layers.Input((6, 3))
h = layers.Masking()(x)
parts = [
    Mean()(Silent(3, return_sequences=True)(h)),
    layers.LSTM(2)(Masked(3, 2, padding="same")(h)),
    Mean()(Shifted(4)(h)),
    layers.LSTM(2, return_sequences=True)(WarmUp()(x))[:, -1],
]
model = keras.Model(x, layers.Dense(2)(layers.concatenate(parts)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
