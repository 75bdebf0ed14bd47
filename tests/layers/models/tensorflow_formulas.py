# Functions of TensorFlow that are several of keras.ops.
import keras
import tensorflow as tf
from keras import layers

x = layers.Input((6, 4), name="x")
lengths = layers.Input((), dtype="int32", name="lengths")
outputs = {
    "sums_before": layers.Lambda(lambda t: tf.cumsum(t, axis=1, exclusive=True))(x),
    "sums_behind": layers.Lambda(lambda t: tf.cumsum(t, axis=-1, reverse=True))(x),
    "products": layers.Lambda(lambda t: tf.math.cumprod(t, axis=1, exclusive=True, reverse=True))(x),
    "allocation": layers.Lambda(lambda t: (1 - t) * tf.math.cumprod(t, axis=-1, exclusive=True))(x),
    "slices": layers.Lambda(
        lambda t: tf.strided_slice(t, [0, 1, 0], [tf.shape(t)[0], -1, 4], [1, 2, 1])
    )(x),
    "masks": layers.Lambda(
        lambda t: tf.strided_slice(t, [0, 2, 1], [0, 5, 0], begin_mask=1, end_mask=5)
    )(x),
    "reversed": layers.Lambda(
        lambda p: tf.reverse_sequence(p[0], p[1], seq_axis=1), output_shape=(6, 4)
    )([x, lengths]),
    "clipped": layers.Lambda(lambda t: tf.clip_by_norm(t, 0.7, axes=[2]))(x),
    "trace": layers.Lambda(lambda t: tf.linalg.trace(tf.matmul(t, t, transpose_a=True))[:, None])(x),
    "diagonal": layers.Lambda(lambda t: tf.linalg.diag_part(tf.matmul(t, t, transpose_b=True)))(x),
    "replaced": layers.Lambda(
        lambda t: tf.linalg.set_diag(tf.matmul(t, t, transpose_a=True), t[:, 0])
    )(x),
    "weighted": layers.Lambda(
        lambda t: tf.nn.weighted_cross_entropy_with_logits(tf.sigmoid(t), 2.0 * t, 3.0)
    )(x),
    "matrices": layers.Lambda(lambda t: tf.linalg.diag(t))(x),
    "products_of_vectors": layers.Lambda(lambda t: tf.linalg.matvec(t, t[:, 0]))(x),
    "differences": layers.Lambda(lambda t: tf.math.squared_difference(t, 2.0 * t[:, :1]))(x),
    "without_nan": layers.Lambda(
        lambda t: tf.math.multiply_no_nan(1.0 / t, tf.nn.relu(t)) + tf.math.divide_no_nan(t, tf.nn.relu(t))
    )(x),
    "normalized": layers.Lambda(
        lambda t: tf.nn.batch_normalization(
            t, *tf.nn.moments(t, axes=[1], keepdims=True), offset=0.5, scale=None, variance_epsilon=0.1
        )
    )(x),
    "squares": layers.Lambda(lambda t: tf.map_fn(tf.nn.l2_loss, t)[:, None])(x),
    "maxima": layers.Lambda(lambda t: tf.nn.max_pool1d(t, ksize=2, strides=2, padding="VALID"))(x),
    "means": layers.Lambda(lambda t: tf.nn.avg_pool1d(t, 3, 1, "SAME"))(x),
}
outputs["dense"] = layers.Dense(2)(layers.concatenate([outputs["sums_behind"], outputs["clipped"]]))
model = keras.Model([x, lengths], list(outputs.values()))
model.compile(optimizer="sgd", loss="mse")
