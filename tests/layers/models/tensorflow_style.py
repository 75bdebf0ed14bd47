# A file in the style of tf.keras, with TensorFlow's functions in Lambdas.
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.layers import LSTM, Activation, Dense, Lambda
from tensorflow.keras.models import Model
from tensorflow.keras.optimizers import SGD


def attend(tensors):
    query, keys = tensors
    scores = tf.matmul(keys, tf.expand_dims(query, -1))
    weights = tf.nn.softmax(scores, axis=1)
    return tf.reduce_sum(weights * keys, axis=1), tf.squeeze(weights, axis=-1)


def mix(t):
    a, b = tf.split(t, 2, axis=-1)
    c, d = tf.split(t, [1, 3], axis=-1)
    paired = tf.einsum("bi,bj->bij", tf.math.tanh(a), tf.sigmoid(b))
    square = tf.matmul(paired, paired, transpose_b=True)
    chosen = tf.where(d > 0.1, tf.math.log1p(tf.square(d)), tf.nn.elu(d))
    return tf.concat([tf.reshape(square, (-1, 4)), tf.stack([c, c], 1)[:, 0], chosen], axis=-1)


inputs = tf.keras.Input(shape=(6, 4))
hidden = LSTM(4, return_sequences=True)(inputs)
last = Lambda(lambda t: tf.transpose(t, perm=[0, 2, 1])[:, :, -1])(hidden)
context, weights = Lambda(attend)([last, hidden])
unit = Lambda(lambda t: tf.nn.l2_normalize(t, axis=-1) * tf.reduce_mean(t))(context)
gate = Activation(tf.nn.relu)(layers.Add()([last, unit]))
features = layers.concatenate([Lambda(mix)(last), gate, weights])
model = Model(inputs=inputs, outputs=keras.layers.Dense(2, activation=tf.nn.tanh)(features))
model.compile(optimizer=SGD(learning_rate=0.05), loss="mse")
