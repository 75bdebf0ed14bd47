# Masks that are given by position: what a layer computes with them, and that what comes after it does
# not know them, unlike a mask that is given by name.
import keras
from keras import layers, ops


class Scale(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.supports_masking = True

    def call(self, x, mask=None):
        scaled = x * 2.0
        return scaled if mask is None else ops.where(mask[..., None], scaled, 0.5)


class Steps(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.scale = Scale()
        self.steps = layers.LSTM(3, return_sequences=True)
        self.attention = layers.Attention()
        self.last = [layers.LSTM(2) for _ in range(4)]

    def call(self, x):
        mask = x[:, :, 0] > 0
        results = [
            self.last[0](self.scale(x, mask)),
            self.last[1](self.scale(x, mask=mask)),
            self.last[2](self.steps(x, None, mask)),
            self.last[3](self.attention([x, x], [mask, mask])),
        ]
        return ops.concatenate(results, axis=-1)


x = layers.Input((6, 3))
model = keras.Model(x, layers.Dense(2)(Steps()(x)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
