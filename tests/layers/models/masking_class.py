# Layers of the file that take masks, make them and pass them on.
import keras
from keras import layers, ops


class Source(layers.Layer):
    """Masks what is not positive in the first feature."""

    def call(self, inputs):
        return 2.0 * inputs

    def compute_mask(self, inputs, mask=None):
        return inputs[..., 0] > 0


class Pool(layers.Layer):
    """A weighted sum of the steps that count."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.score = layers.Dense(1)

    def call(self, inputs, mask=None):
        scores = ops.squeeze(self.score(inputs), axis=-1)
        if mask is not None:
            scores = scores - 1e4 * (1.0 - ops.cast(mask, scores.dtype))
        return ops.einsum("bt,btf->bf", ops.softmax(scores), inputs)


class Block(layers.Layer):
    """Layers inside see the mask of their input."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.rnn = layers.LSTM(units, return_sequences=True)
        self.norm = layers.LayerNormalization()

    def call(self, inputs):
        return self.norm(self.rnn(inputs))


class Passing(layers.Dense):
    """A Dense, as far as masks go."""

    def call(self, inputs):
        return ops.tanh(super().call(inputs))


x = layers.Input((None, 3))
h = Block(4)(Source()(x))
h = Passing(4)(h)
pooled = Pool()(h)
last = layers.GRU(3)(h)
model = keras.Model(x, layers.Dense(2)(layers.Concatenate()([pooled, last])))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
