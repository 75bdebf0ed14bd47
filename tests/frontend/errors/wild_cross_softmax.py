# Scores of ten decoder steps against ten encoder steps, shared out over the decoder's.
import keras
from keras import layers, ops

enc, dec = keras.Input((10, 16), name="enc"), keras.Input((10, 16), name="dec")
e = layers.LSTM(16, return_sequences=True, name="encoder")(enc)
d = layers.LSTM(16, return_sequences=True, name="decoder")(dec)
scores = ops.einsum("bqf,bkf->bqk", d, e)
weights = ops.softmax(scores, axis=1)
context = ops.einsum("bqk,bkf->bqf", weights, e)
model = keras.Model([enc, dec], layers.Dense(3)(layers.concatenate([d, context])))
