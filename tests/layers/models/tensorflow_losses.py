# Cross-entropies of tf.nn in a loss of the file, moments that keep their axes, and more functions
# of TensorFlow that are those of keras.ops under other names.
import keras
import tensorflow as tf
from keras import layers


def loss(y_true, y_pred):
    share = tf.nn.sigmoid(y_true)
    bits = tf.nn.sigmoid_cross_entropy_with_logits(labels=share, logits=y_pred)
    classes = tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(y_true), logits=y_pred)
    labels = tf.argmax(y_true, axis=-1)
    picked = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=y_pred)
    return tf.reduce_mean(bits, axis=-1) + classes + 0.5 * picked


class Norm(layers.Layer):
    def call(self, x):
        x = tf.ensure_shape(x, (None, 5, 4))
        tf.debugging.assert_rank(x, 3)
        tf.print("norm of", x)
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return (x - mean) / tf.sqrt(variance + 1e-3)


class Moved(layers.Layer):
    def call(self, x):
        running = tf.math.cumprod(1.0 + 0.1 * x, axis=1)
        first = tf.slice(tf.sort(x, axis=1), [0, 1, 0], [-1, 3, 4])
        return tf.concat([tf.roll(x, shift=1, axis=1), running], axis=-1), first


x = layers.Input((5, 4))
h, first = Moved()(Norm()(layers.Dense(4)(x)))
y = layers.Dense(3)(layers.GlobalAveragePooling1D()(h)) + layers.Dense(3)(layers.Flatten()(first))
model = keras.Model(x, y)
model.compile(optimizer=keras.optimizers.SGD(0.01), loss=loss)
