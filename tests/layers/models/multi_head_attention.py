# MultiHeadAttention: of a sequence to itself, causal, and between two.
import keras
from keras import layers

query = keras.Input(shape=(5, 6), name="query")
value = keras.Input(shape=(7, 4), name="value")
itself = layers.MultiHeadAttention(num_heads=2, key_dim=3)(query, query)
causal, shares = layers.MultiHeadAttention(3, 2, value_dim=5)(
    itself, itself, use_causal_mask=True, return_attention_scores=True
)
h = layers.LayerNormalization()(layers.Add()([itself, causal]))
cross = layers.MultiHeadAttention(2, 5, output_shape=3, use_bias=False)(h, value)
keyed = layers.MultiHeadAttention(1, 4)(h, value, key=layers.Dense(3)(value))
flat = [layers.Flatten()(t) for t in (cross, keyed, shares)]
model = keras.Model([query, value], layers.Dense(2)(layers.Concatenate()(flat)))
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
