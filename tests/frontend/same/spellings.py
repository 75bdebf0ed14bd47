# Operations in the words of keras.ops and of keras.backend, each on the inputs of a Lambda.
import keras
from keras import ops


def f(p):
    x, y = p
    a = ops.concatenate([x, ops.expand_dims(ops.mean(x, axis=-1), -1)], axis=-1)
    b = ops.transpose(y, (0, 2, 1))
    c = ops.matmul(x, b)
    d = ops.max(ops.exp(c), axis=2, keepdims=True)
    e = ops.squeeze(d, axis=-1) + ops.sqrt(ops.square(ops.min(c, axis=1)))
    g = ops.stack([e, ops.reshape(e, (-1, 10))], axis=1)
    h = ops.where(ops.greater(g, 0.0), g, ops.clip(g, -1.0, 1.0))
    return ops.sum(a, axis=2) * ops.sum(h, axis=1) + ops.logsumexp(ops.abs(c), axis=1)


x = keras.Input((10, 8), name="x")
y = keras.Input((10, 8), name="y")
model = keras.Model([x, y], keras.layers.Lambda(f)([x, y]))
# ---
import keras
from keras import backend as K


def f(p):
    x, y = p
    a = K.concatenate([x, K.expand_dims(K.mean(x, axis=-1))], axis=-1)
    b = K.permute_dimensions(y, (0, 2, 1))
    c = K.batch_dot(x, b)
    d = K.max(K.exp(c), axis=2, keepdims=True)
    e = K.squeeze(d, -1) + K.sqrt(K.square(K.min(c, 1)))
    g = K.stack([e, K.reshape(e, (-1, 10))], axis=1)
    h = K.switch(K.greater(g, 0.0), g, K.clip(g, -1.0, 1.0))
    return K.sum(a, axis=2) * K.sum(h, axis=1) + K.logsumexp(K.abs(c), axis=1)


x = keras.Input((10, 8), name="x")
y = keras.Input((10, 8), name="y")
model = keras.Model([x, y], keras.layers.Lambda(f)([x, y]))
