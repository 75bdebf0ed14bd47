# A causal transformer with a token of its own in front, masks and positions by hand.
import keras
import numpy as np
from keras import layers, ops


class Token(layers.Layer):
    def build(self, input_shape):
        self.token = self.add_weight(shape=(1, 1, input_shape[-1]), name="token")
        super().build(input_shape)

    def call(self, inputs):
        token = ops.broadcast_to(self.token, (ops.shape(inputs)[0], 1, inputs.shape[-1]))
        return ops.concatenate([token, inputs], axis=1)


class Positions(layers.Layer):
    def __init__(self, longest, width, **kwargs):
        super().__init__(**kwargs)
        angles = np.arange(longest)[:, None] / 10000 ** (2 * (np.arange(width) // 2) / width)
        angles[:, 0::2] = np.sin(angles[:, 0::2])
        angles[:, 1::2] = np.cos(angles[:, 1::2])
        self.table = ops.cast(angles[None], "float32")

    def call(self, inputs):
        return inputs + self.table[:, : ops.shape(inputs)[1]]


class Causal(layers.Layer):
    def __init__(self, heads, width, longest):
        super().__init__()
        if width % heads:
            raise ValueError(f"{width} features do not make {heads} heads")
        self.heads, self.width = heads, width
        self.inner, self.outer = layers.Dense(3 * width), layers.Dense(width)
        self.mask = ops.reshape(ops.tril(ops.ones((longest, longest))), (1, 1, longest, longest))

    def split(self, x, batch, steps):
        x = ops.reshape(x, (batch, steps, self.heads, self.width // self.heads))
        return ops.transpose(x, (0, 2, 1, 3))

    def call(self, inputs):
        batch, steps, _ = ops.shape(inputs)
        parts = ops.split(self.inner(inputs), 3, axis=-1)
        query, key, value = (self.split(part, batch, steps) for part in parts)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        scores = scores / ops.sqrt(ops.cast(self.width // self.heads, "float32"))
        scores = ops.where(self.mask[:, :, :steps, :steps] == 0, -1e9, scores)
        context = ops.transpose(ops.matmul(ops.softmax(scores), value), (0, 2, 1, 3))
        return self.outer(ops.reshape(context, (batch, steps, self.width)))


x = keras.Input((15, 12))
h = Positions(32, 24)(Token()(layers.Dense(24)(x)))
for _ in range(2):
    h = h + Causal(4, 24, 32)(layers.LayerNormalization()(h))
    wide = layers.Dense(96, activation=keras.activations.gelu)(layers.LayerNormalization()(h))
    h = h + layers.Dense(24)(wide)
model = keras.Model(x, layers.Dense(10)(h[:, 0]))
model.compile("adamw", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
