import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Input, Lambda

x = Input((5, 4), name="x")
tf.reduce_sum(x, axis=1)
tf.nn.softmax(x)
tf.matmul(x, x, transpose_b=True)
K.concatenate([x, x])
K.expand_dims(x, 1)
K.permute_dimensions(x, (0, 2, 1))
K.gradients(x, x)
K.smu(x)
Lambda(lambda t: tf.split(t, [1, 2], axis=-1)[1])(x)
Lambda(lambda t: tf.split(t, 3, axis=-1))(x)
Lambda(lambda t: tf.matmul(t, t))(x)
Lambda(lambda t: tf.cast(t, tf.int32))(x)
Lambda(lambda t: tf.linalg.inv(t))(x)
Lambda(lambda t: t + tf.constant([1.0, 2.0]))(x)
