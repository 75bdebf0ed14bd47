# Steps that are gathered by numbers which the model computes, lengths as masks, constants of as
# many samples or steps as there are.
import keras
import tensorflow as tf
from keras import layers, ops


class LastStep(layers.Layer):
    """The step behind which a sequence has no more ids."""

    def call(self, inputs):
        x, ids = inputs
        last = tf.maximum(tf.reduce_sum(tf.cast(ids > 1, tf.int32), axis=1) - 1, 0)
        samples = tf.range(tf.shape(x)[0])
        return tf.gather(x, last, axis=1, batch_dims=1) + 0.5 * tf.gather_nd(x, tf.stack([samples, last], axis=1))


class Chosen(layers.Layer):
    def call(self, inputs):
        x, places = inputs
        own = ops.maximum(places - ops.ones_like(places, dtype="int32"), 0)
        taken = ops.take_along_axis(x, own[:, :, None], axis=1)
        return tf.gather(x, own, batch_dims=1) * taken


class Pool(layers.Layer):
    """Sums the first steps, as many as a number says."""

    def build(self, shape):
        features = shape[0][-1]
        self.w = self.add_weight(name="w", shape=tf.TensorShape((features, 2)), initializer="uniform")
        super().build(shape)

    def call(self, inputs):
        x, count = inputs
        assert x.get_shape().as_list()[2] == 4 and x.shape.rank == 3
        mask = tf.sequence_mask(count[:, 0], maxlen=tf.shape(x)[1], dtype=x.dtype)
        return tf.reduce_sum(x * mask[:, :, None], axis=1) @ self.w


class Causal(layers.Layer):
    """Running means, by a mask of the steps of each sample."""

    def call(self, x):
        samples, steps = tf.shape(x)[0], tf.shape(x)[1]
        mask = tf.cumsum(tf.eye(steps, batch_shape=[samples], dtype=x.dtype), axis=1)
        return tf.matmul(tf.linalg.matrix_transpose(mask), x) / tf.reduce_sum(mask, axis=1)[:, :, None]


class Positions(layers.Layer):
    """Known steps, for as many samples as there are."""

    def call(self, x):
        samples, steps = tf.shape(x)[0], 5
        rows = tf.reshape(tf.cast(tf.range(steps)[:, None] >= tf.range(steps), x.dtype), (1, steps, steps))
        times = tf.concat([tf.expand_dims(samples, -1), tf.constant([1, 1], dtype=tf.int32)], 0)
        places = ops.tile(ops.expand_dims(ops.arange(steps), 0), [samples, 1])
        ramp = ops.broadcast_to(ops.arange(steps), (samples, steps))
        return tf.matmul(tf.tile(rows, times), x) * ops.cast(places + ramp, x.dtype)[:, :, None]


x = layers.Input((None, 4))
ids = layers.Input((5,), dtype="int32")
count = layers.Input((1,), dtype="int32")
h = layers.Dense(4, activation="tanh")(x)
known = layers.Dense(4)(layers.Embedding(6, 4)(ids))
parts = [
    LastStep()([known, ids]),
    ops.sum(Chosen()([known, ids]), axis=1),
    Pool()([h, count]),
    ops.mean(Causal()(h), axis=1),
    ops.sum(Positions()(known), axis=1),
]
model = keras.Model([x, ids, count], layers.Dense(3)(ops.concatenate(parts, axis=-1)))
model.compile(optimizer=keras.optimizers.SGD(1e-4), loss="mse")
