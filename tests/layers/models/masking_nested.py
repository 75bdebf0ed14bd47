# Models that are called on tensors with masks: their layers see the masks when the model runs.
import keras
from keras import ops
from keras.layers import (
    GRU, LSTM, Bidirectional, Dense, Dropout, GlobalAveragePooling1D, Input, Layer, Masking,
    MultiHeadAttention)


class Pool(Layer):
    def call(self, x, mask=None):
        if mask is None:
            return ops.mean(x, axis=1)
        weights = ops.cast(mask, x.dtype)[:, :, None]
        return ops.sum(x * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1e-3)


inner = Input((None, 3))
steps = Bidirectional(LSTM(2, return_sequences=True))(inner)
tagger = keras.Model(inner, steps, name="tagger")

decoder = Input((None, 4), name="decoder")
memory = Input((None, 4), name="memory")
attended = MultiHeadAttention(1, 2)(decoder, memory)
summed = ops.tanh(attended) + decoder
both = keras.Model([decoder, memory], [Dense(3)(GRU(3)(summed)), summed], name="both")

pooled = keras.Sequential([Dropout(0.0), Dense(3, activation="tanh"), Pool()], name="pooled")

x = Input((6, 3), name="x")
masked = Masking()(x)
tagged = tagger(masked)
state, attended = both([Dense(4)(tagged), Dense(4)(masked)])
model = keras.Model(x, [Dense(2)(tagged), state, pooled(masked), GlobalAveragePooling1D()(tagged),
                        tagger(x)])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
