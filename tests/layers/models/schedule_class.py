# A learning rate that the file computes from the step, as Transformers are trained.
import keras
import tensorflow as tf
from keras.layers import LSTM, Dense, Input


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, units, warmup_steps=4000):
        super().__init__()
        self.units = tf.cast(units, tf.float32)
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, tf.float32) + 1.0
        return tf.math.rsqrt(self.units) * tf.math.minimum(
            tf.math.rsqrt(step), step * self.warmup_steps**-1.5
        )


x = Input((None, 3))
model = keras.Model(x, Dense(2)(LSTM(4)(x)))
model.compile(keras.optimizers.Adam(Warmup(16, 2), beta_2=0.98, epsilon=1e-9), loss="mse")
