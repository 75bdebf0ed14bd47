# Rows by their places in the words of keras.ops, of keras.backend and of TensorFlow.
import keras
import numpy as np
from keras import ops

table = np.arange(80.0).reshape(10, 8)

def f(p):
    x, ids = p
    a = ops.take(table, ids, axis=0)
    b = ops.take(table, [3, 0], axis=0)
    c = ops.take(x, [-1, 2], axis=1)
    return ops.sum(a, axis=1) * ops.sum(b) + ops.sum(c, axis=1)


x = keras.Input((10, 8), name="x")
ids = keras.Input((5,), dtype="int32", name="ids")
model = keras.Model([x, ids], keras.layers.Lambda(f)([x, ids]))
# ---
import keras
import numpy as np
from keras import backend as K

table = np.arange(80.0).reshape(10, 8)

def f(p):
    x, ids = p
    a = K.gather(table, ids)
    b = K.gather(table, [3, 0])
    c = K.gather(x, [-1, 2], axis=1)
    return K.sum(a, axis=1) * K.sum(b) + K.sum(c, axis=1)


x = keras.Input((10, 8), name="x")
ids = keras.Input((5,), dtype="int32", name="ids")
model = keras.Model([x, ids], keras.layers.Lambda(f)([x, ids]))
# ---
import keras
import numpy as np
import tensorflow as tf

table = np.arange(80.0).reshape(10, 8)

def f(p):
    x, ids = p
    a = tf.nn.embedding_lookup(table, tf.cast(ids, tf.int64))
    b = tf.gather(table, tf.constant([3, 0]))
    c = tf.gather(x, [-1, 2], axis=1)
    return tf.reduce_sum(a, axis=1) * tf.reduce_sum(b) + tf.reduce_sum(c, axis=1)


x = keras.Input((10, 8), name="x")
ids = keras.Input((5,), dtype="int32", name="ids")
model = keras.Model([x, ids], keras.layers.Lambda(f)([x, ids]))
