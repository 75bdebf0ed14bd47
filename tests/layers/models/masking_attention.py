# Attention between masked sequences: the masks of queries and values, of the call and of the inputs.
import keras
from keras.layers import LSTM, AdditiveAttention, Attention, Concatenate, Dense, Input, Masking

a = Input((None, 3), name="a")
b = Input((None, 3), name="b")
masking = Masking()
query = LSTM(4, return_sequences=True)(masking(a))
value = LSTM(4, return_sequences=True)(Masking()(b))

dot = Attention(use_scale=True)([query, value])
additive, shares = AdditiveAttention()([dot, value, value], return_attention_scores=True)
concat = Attention(score_mode="concat")([query, value])
mask = masking.compute_mask(a)
given = Attention()([query, query], mask=[None, mask])
last = LSTM(3)(Concatenate()([dot, additive, concat, given]))
open_query = Attention()([Dense(4)(a), value])

outputs = Dense(2)(last)
per_step = Dense(2)(concat)
model = keras.Model([a, b], [outputs, per_step, Dense(1)(open_query), Dense(1)(dot)])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
