# A variational autoencoder of sequences: its layer draws in use as in training, by several functions,
# twice where it is called twice. What a Lambda draws is its own.
import keras
from keras import layers, ops


class Sampling(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        mean, spread = inputs
        batch, size = ops.shape(mean)[0], ops.shape(mean)[1]
        noise = keras.random.normal(shape=(batch, size), seed=self.seed_generator)
        self.add_loss(-0.5 * ops.mean(1 + spread - ops.square(mean) - ops.exp(spread)))
        return mean + ops.exp(0.5 * spread) * noise


class Jitter(layers.Layer):
    """Moves steps, keeps some, and drops features, whoever asks."""

    def call(self, x):
        moved = x + keras.random.uniform(ops.shape(x), minval=-0.5, maxval=1.5)
        share = keras.random.uniform((ops.shape(x)[0], ops.shape(x)[1], 1), seed=3)
        return ops.where(share > 0.4, keras.random.dropout(moved, 0.25, seed=7), 0.0)


x = keras.Input((None, 3), name="x")
h = layers.LSTM(5)(Jitter()(x))
sampling = Sampling()
mean, spread = layers.Dense(4)(h), layers.Dense(4)(h)
code = sampling([mean, spread]) + sampling([mean, spread])
noisy = layers.Lambda(lambda t: t + keras.random.normal(ops.shape(t), mean=1.0, stddev=0.5))(code)
steps = layers.LSTM(3, return_sequences=True)(layers.RepeatVector(6)(noisy))
model = keras.Model(x, [layers.TimeDistributed(layers.Dense(3))(steps), code])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
