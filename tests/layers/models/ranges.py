# Ranges of lengths that are only known when the model runs: positions, masks of what lies ahead.
import keras
from keras import ops
from keras.layers import Attention, Dense, Embedding, Input, Layer, MultiHeadAttention


class Positions(Layer):
    """Embeddings of steps and of their positions, as transformers add them."""

    def __init__(self, length, size, **kwargs):
        super().__init__(**kwargs)
        self.steps = Dense(size)
        self.positions = Embedding(length, size)

    def call(self, x):
        length = ops.shape(x)[1]
        behind = ops.cast(ops.arange(1, length + 1), x.dtype)[:, None]
        return self.steps(x) + self.positions(ops.arange(0, length, 1)) / behind


class Decoder(Layer):
    """A mask of its own, repeated for each sequence of the batch."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention = MultiHeadAttention(2, 3)

    def call(self, x):
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        mask = ops.arange(length)[:, None] >= ops.arange(length)
        mask = ops.reshape(ops.cast(mask, "int32"), (1, length, length))
        counts = (batch, 1, 1)
        return self.attention(x, x, attention_mask=ops.tile(mask, counts))


class Recent(Layer):
    def call(self, x):
        products = ops.matmul(x, ops.transpose(x, (0, 2, 1)))
        return ops.tanh(ops.matmul(ops.tril(products), x) / 20)


x = Input((None, 3), name="x")
positions = Positions(20, 4)(x)
decoded = Decoder()(positions)
ahead = Attention()([positions, decoded], use_causal_mask=True)
heads = MultiHeadAttention(1, 2)(ahead, ahead, use_causal_mask=True)
model = keras.Model(x, [Dense(2)(decoded), Dense(2)(Recent()(heads))])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
