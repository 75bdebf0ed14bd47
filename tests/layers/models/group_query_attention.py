# GroupQueryAttention with its options, and what MultiHeadAttention shares with it: gates and
# windows of keys.
import keras
from keras import layers

query = keras.Input(shape=(5, 6), name="query")
value = keras.Input(shape=(7, 6), name="value")
itself = layers.GroupQueryAttention(3, 4, 2)(query, query)
causal, shares = layers.GroupQueryAttention(2, 6, 2, use_gate=True)(
    itself, itself, use_causal_mask=True, return_attention_scores=True
)
h = layers.LayerNormalization()(layers.Add()([itself, causal]))
cross = layers.GroupQueryAttention(
    3,
    4,
    1,
    use_bias=False,
    kernel_regularizer="l2",
    activity_regularizer="l2",
    kernel_constraint=keras.constraints.MaxNorm(0.8, axis=2),
)(h, value)
keyed = layers.GroupQueryAttention(2, 2, 2, sliding_window=2)(h, value, key=layers.Dense(3)(value))
near = layers.MultiHeadAttention(2, 3, sliding_window=3)(h, value, use_causal_mask=True)
gated = layers.MultiHeadAttention(2, 3, value_dim=2, use_gate=True, activity_regularizer="l1")(
    h, value
)
flat = [layers.Flatten()(t) for t in (cross, keyed, near, gated, shares)]
model = keras.Model([query, value], layers.Dense(2)(layers.Concatenate()(flat)))
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
