# MultiHeadAttention of grids: along one of their axes, along both, and with scores, masks of pairs
# and windows.
import keras
from keras import layers, ops

x = keras.Input(shape=(None, 4, 3), name="x")
y = keras.Input(shape=(None, 4, 3), name="y")
rows = layers.MultiHeadAttention(2, 3, attention_axes=2)(x, x)
causal = layers.MultiHeadAttention(2, 2, attention_axes=(1,), activity_regularizer="l2")(
    rows, rows, use_causal_mask=True
)
crossed, shares = layers.MultiHeadAttention(
    1, 3, value_dim=2, attention_axes=[-3], use_gate=True, output_shape=(2, 3)
)(causal, y, key=layers.Dense(4)(y), return_attention_scores=True)
both = layers.MultiHeadAttention(2, 2, output_shape=5, use_bias=False)(x, causal)
turned, scores = layers.MultiHeadAttention(2, 3, attention_axes=(2, 1), dropout=0.2)(
    causal, y, return_attention_scores=True
)
pairs = ops.einsum("btsd,bujd->btsuj", x, y) > -1
chosen = layers.MultiHeadAttention(2, 3, attention_axes=(1, 2))(rows, y, attention_mask=pairs)
near = layers.MultiHeadAttention(2, 3, attention_axes=(1,), sliding_window=2)(chosen, y)

# What is left of each axis.
outputs = [layers.Dense(2)(t) for t in (both, turned, near)]
outputs.append(ops.mean(crossed, axis=-2))
outputs.append(ops.max(shares, axis=-1))
outputs.append(ops.max(scores, axis=-1))
model = keras.Model([x, y], outputs)
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
