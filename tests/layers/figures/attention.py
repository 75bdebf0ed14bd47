# Attention layers as Keras' own tests set them up.
import keras
from keras import layers

query = keras.Input((2, 2), name="query")
value = keras.Input((2, 2), name="value")
key = keras.Input((2, 2), name="key")
given = [query, value, key]
dot, dot_shares = layers.Attention(score_mode="dot")(given, return_attention_scores=True)
concat, concat_shares = layers.Attention(score_mode="concat")(given, return_attention_scores=True)
additive, additive_shares = layers.AdditiveAttention(use_scale=False)(
    given, return_attention_scores=True
)
plain = keras.Model(
    given,
    {
        "dot": dot,
        "dot_shares": dot_shares,
        "concat": concat,
        "concat_shares": concat_shares,
        "additive": additive,
        "additive_shares": additive_shares,
    },
)

query_counts = keras.Input((2,), dtype="int32", name="query_counts")
value_counts = keras.Input((2,), dtype="int32", name="value_counts")
mask = [query_counts != 0, value_counts != 0]
dot, dot_shares = layers.Attention()([query, value], mask=mask, return_attention_scores=True)
additive, additive_shares = layers.AdditiveAttention(use_scale=False)(
    [query, value], mask=mask, return_attention_scores=True
)
masked = keras.Model(
    [query, value, query_counts, value_counts],
    {
        "dot": dot,
        "dot_shares": dot_shares,
        "additive": additive,
        "additive_shares": additive_shares,
    },
)

# Eight heads of eight numbers, whose weights the figures give: all heads have the same shares.
query = keras.Input((8, 8), name="query")
value = keras.Input((8, 8), name="value")
key = keras.Input((8, 8), name="key")
many, many_shares = layers.MultiHeadAttention(8, 8, name="many")(
    query, value, key, return_attention_scores=True
)
grouped, grouped_shares = layers.GroupQueryAttention(8, 8, 8, name="grouped")(
    query, value, key, return_attention_scores=True
)
heads = keras.Model(
    [query, value, key],
    {
        "many": many,
        "many_shares": many_shares[:, 0],
        "grouped": grouped,
        "grouped_shares": grouped_shares[:, 0],
    },
)
