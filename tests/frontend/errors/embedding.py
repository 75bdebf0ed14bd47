import keras
import numpy as np
import tensorflow as tf
from keras import backend as K
from keras import layers, ops
from keras.layers import Embedding, Lambda

ids = keras.Input((5,), dtype="int32", name="ids")
x = keras.Input((5, 3), name="x")

Embedding(10)
Embedding(0, 4)
Embedding(-3, 4)
Embedding(10, 4.5)
Embedding(10, 4, weights=[np.zeros((10, 4))])
Embedding(10, 4, embeddings_constraint=2)
Embedding(10, 4, lora_rank=2)
Embedding(10, 4, embeddings_initializer="unifrom")
Embedding(10, 4, input_length=5)(ids)
Embedding(10, units=4)
Embedding(10, 4)([ids, ids])
Embedding(10, 4).embeddings

ops.take(x, [0, 1])
ops.take(x, 0, axis=0)
ops.take(x, [0, 5], axis=1)
ops.take(x, -4, axis=-1)
ops.take(x, [0.5], axis=1)
ops.take(x, True, axis=1)
ops.take(x, x, axis=1)
ops.take(x, "a", axis=1)
ops.take(x, 0, axis=3)
Lambda(lambda t: tf.gather(t, [0, 1], batch_dims=1))(x)
Lambda(lambda t: tf.nn.embedding_lookup(t, [0, 1], max_norm=1.0))(x)
table = np.zeros((7, 2))
K.gather(table, ids)
tf.gather(table, ids)
model = keras.Model(ids, layers.Flatten()(Embedding(10, 4)(ids)))
