# Parts of Keras that TensorFlow has under names of its own.
import tensorflow as tf
from tensorflow.optimizers import Adam

x = tf.keras.Input((10, 3))
dense = tf.keras.layers.Dense(3, kernel_initializer=tf.initializers.zeros())
model = tf.keras.Model(x, dense(tf.keras.layers.LSTM(4)(x)))
model.compile(Adam(), tf.losses.MeanSquaredError(), metrics=[tf.metrics.MeanAbsoluteError()])
