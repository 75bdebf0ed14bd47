# Einstein's notation, with as many steps as features.
import keras
from keras import ops

x = keras.Input((8, 8))
q = keras.layers.Dense(8)(x)
k = keras.layers.Dense(8)(x)
v = keras.layers.Dense(8)(x)
scores = ops.einsum("bqd,bkd->bqk", q, k) * 8 ** -0.5
context = ops.einsum("bqk,bkd->bqd", ops.softmax(scores), v)
model = keras.Model(x, keras.layers.Dense(1)(ops.max(context, axis=1)))
model.compile("adam", "mse")
