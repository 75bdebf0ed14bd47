"""Encoder and decoder of blocks that derive from one base class, in one model of a class."""
import keras
from keras import layers


class Residual(layers.Layer):
    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner
        self.add = layers.Add()
        self.norm = layers.LayerNormalization()

    def call(self, x, *others, **options):
        return self.norm(self.add([x, self.inner(x, *others, **options)]))


class Encoder(layers.Layer):
    def __init__(self, size, heads, **kwargs):
        super().__init__(**kwargs)
        self.look = Residual(layers.MultiHeadAttention(heads, size // heads))
        self.think = Residual(keras.Sequential([layers.Dense(2 * size, "relu"), layers.Dense(size)]))

    def call(self, x):
        return self.think(self.look(x, x))


class Decoder(Encoder):
    def __init__(self, size, heads, **kwargs):
        super().__init__(size, heads, **kwargs)
        self.cross = Residual(layers.MultiHeadAttention(heads, size // heads))

    def call(self, inputs):
        x, context = inputs
        x = self.look(x, x, use_causal_mask=True)
        return self.think(self.cross(x, context))


SIZE, HEADS, DEPTH = 32, 4, 2
source = keras.Input((30, SIZE), name="source")
target = keras.Input((20, SIZE), name="target")
context, y = source, target
for i in range(DEPTH):
    context = Encoder(SIZE, HEADS, name=f"encoder_{i}")(context)
for i in range(DEPTH):
    y = Decoder(SIZE, HEADS, name=f"decoder_{i}")([y, context])
model = keras.Model([source, target], layers.Dense(100)(y))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
