# Axes that are what they should be, though their names are mixed: transposed sequences in models of
# their own, similarities of tiled scores, attention to fewer positions than there are steps.
import keras
from keras import layers, ops


def mixer(x):
    h = layers.Permute((2, 1))(layers.LayerNormalization()(x))
    h = keras.Sequential([layers.Dense(12, activation="gelu"), layers.Dense(16)])(h)
    x = x + layers.Permute((2, 1))(h)
    return x + keras.Sequential([layers.Dense(12, activation="gelu"), layers.Dense(8)])(x)


class Trilinear(layers.Layer):
    def build(self, shapes):
        self.wc, self.wq = layers.Dense(1), layers.Dense(1)

    def call(self, inputs):
        c, q = inputs
        sc = ops.tile(self.wc(c), [1, 1, 10])
        sq = ops.tile(ops.transpose(self.wq(q), (0, 2, 1)), [1, 16, 1])
        return sc + sq + ops.matmul(c, ops.transpose(q, (0, 2, 1)))


class Linformer(layers.Layer):
    def __init__(self, units, positions, **options):
        super().__init__(**options)
        self.q, self.k, self.v = (layers.Dense(units) for _ in range(3))
        self.fewer = layers.Dense(positions)

    def call(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        k = ops.transpose(self.fewer(ops.transpose(k, (0, 2, 1))), (0, 2, 1))
        v = ops.transpose(self.fewer(ops.transpose(v, (0, 2, 1))), (0, 2, 1))
        return ops.matmul(ops.softmax(ops.matmul(q, ops.transpose(k, (0, 2, 1)))), v)


class Pooling(layers.Layer):
    """Attention that is given the mask."""

    def call(self, query, values, mask=None):
        scores = ops.squeeze(values @ ops.expand_dims(query, -1), -1)
        if mask is not None:
            scores = ops.where(mask, scores, -1e9)
        return ops.sum(ops.softmax(scores)[..., None] * values, axis=1)


x, q = keras.Input((16, 8)), keras.Input((10, 8))
h = Linformer(8, 4)(mixer(x))
tokens = keras.Input((9,), dtype="int32")
embedding = layers.Embedding(50, 8, mask_zero=True)
mask = embedding.compute_mask(tokens)
states, last = layers.GRU(8, return_sequences=True, return_state=True)(embedding(tokens), mask=mask)
model = keras.Model([x, q, tokens], [h, Trilinear()([x, q]), Pooling()(last, states, mask=mask)])
