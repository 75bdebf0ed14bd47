# Attention with operations: products, softmaxes and sums along the wrong axes.
import keras
from keras import layers, ops
x = keras.Input((10, 8))
h = layers.LSTM(64, return_sequences=True)(x)
q = layers.Dense(64)(h)
scores = q @ h
scores = ops.matmul(q, h)
scores = ops.einsum("btf,bsf->bts", q, x)
scores = ops.matmul(q, ops.transpose(h, (0, 2, 1)))
w = ops.softmax(scores, axis=1)
c = ops.matmul(w, h)
w2 = ops.softmax(scores, axis=0)
c2 = ops.matmul(ops.softmax(scores), h)
p = ops.sum(c2, axis=1)
p2 = ops.einsum("btf->bf", c2)
p3 = ops.mean(c2, axis=0)
p4 = ops.mean(c2)
last = h[:, -1, :]
z = h + last
model = keras.Model(x, layers.Dense(1)(p))
