# MultiHeadAttention of grids with masks: of their first axis, and of steps in both.
import keras
from keras import layers, ops

x = keras.Input((5, 4, 3), name="x")
y = keras.Input((5, 4, 3), name="y")
query = layers.Dense(4)(layers.Masking()(x))
value = layers.Dense(3)(layers.Masking()(y))
itself = layers.MultiHeadAttention(2, 3, attention_axes=2)(query, query)
crossed, shares = layers.MultiHeadAttention(2, 2, attention_axes=(2,))(
    layers.Dense(3)(itself), value, return_attention_scores=True
)
rows = ops.any(ops.not_equal(y, 0), axis=(2, 3))
steps = layers.MultiHeadAttention(1, 3, attention_axes=1)(
    ops.tanh(x), ops.tanh(y), value_mask=rows, use_causal_mask=True
)
model = keras.Model([x, y], [layers.Dense(2)(crossed), ops.max(shares, axis=-1), steps])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
