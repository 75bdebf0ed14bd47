# A loss and metrics of the file for labels: losses of Keras that it calls for each step, weights,
# and steps that do not count.
import keras
import tensorflow as tf
from keras import layers, ops


def masked_loss(label, pred):
    mask = label != 0
    loss_object = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    loss = loss_object(label, pred)
    mask = tf.cast(mask, dtype=loss.dtype)
    loss *= mask
    return tf.reduce_sum(loss) / tf.maximum(tf.reduce_sum(mask), 1.0)


def masked_accuracy(label, pred):
    pred = tf.argmax(pred, axis=2)
    label = tf.cast(label, pred.dtype)
    match = tf.cast((label == pred) & (label != 0), tf.float32)
    counted = tf.reduce_sum(tf.cast(label != 0, tf.float32))
    return tf.reduce_sum(match) / tf.maximum(counted, 1.0)


def likelihood(labels, logits):
    losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    return ops.exp(-losses)


class LabelWeighted(keras.losses.Loss):
    def __init__(self):
        super().__init__()
        self.inner = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def call(self, y_true, y_pred):
        weights = ops.where(y_true == 1, 2.0, 1.0)
        return self.inner(y_true, y_pred, sample_weight=weights)


words = layers.Input((None,), dtype="int32")
h = layers.LSTM(6, return_sequences=True)(layers.Embedding(9, 4)(words))
model = keras.Model(words, [layers.Dense(5, name="a")(h), layers.Dense(4, name="b")(h)])
model.compile(
    keras.optimizers.SGD(0.1),
    loss=[masked_loss, LabelWeighted()],
    metrics=[[masked_accuracy, likelihood], [likelihood, "sparse_categorical_accuracy"]],
)
