# Sequential models that get their shape by `build`, alone and inside of others.
import keras
import tensorflow as tf
from keras import layers

STEPS, FEATURES = 24, 5


class Residual(keras.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs, *args, **kwargs):
        return inputs + self.inner(inputs, *args, **kwargs)


change = [
    layers.LSTM(8, return_sequences=True),
    layers.Dense(FEATURES, kernel_initializer=tf.initializers.zeros()),
]
residual = Residual(keras.Sequential(change))
residual.build((None, STEPS, FEATURES))

model = keras.Sequential(
    [
        layers.Lambda(lambda x: x[:, -1:, :]),
        layers.Dense(32, activation="relu"),
        layers.Dense(STEPS * FEATURES),
        layers.Reshape([STEPS, FEATURES]),
    ]
)
model.build((None, STEPS, FEATURES))
assert model.output_shape == (None, STEPS, FEATURES)
assert model.count_params() == 32 * (FEATURES + 1) + STEPS * FEATURES * 33
model.compile(loss=tf.losses.MeanSquaredError(), optimizer=tf.optimizers.Adam())
