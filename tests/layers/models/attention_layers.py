# Attention and AdditiveAttention with their options.
import keras
from keras import layers

query = keras.Input(shape=(4, 5), name="query")
value = keras.Input(shape=(6, 5), name="value")
key = layers.Dense(5)(value)
plain = layers.Attention()([query, value])
scaled, shares = layers.Attention(use_scale=True)(
    [query, value, key], return_attention_scores=True
)
itself = layers.Attention()([query, query], use_causal_mask=True)
concat = layers.Attention(score_mode="concat")([query, value])
both = layers.Attention(use_scale=True, score_mode="concat")([query, value, key])
additive = layers.AdditiveAttention()([query, value, key])
unscaled = layers.AdditiveAttention(use_scale=False)([query, value], use_causal_mask=True)
joined = layers.Concatenate()([plain, scaled, shares, itself, concat, both, additive, unscaled])
model = keras.Model([query, value], layers.Dense(2)(layers.Flatten()(joined)))
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
