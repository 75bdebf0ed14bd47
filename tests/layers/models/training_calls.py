# Classes of the file that have layers train in use as well, whatever the model does: statistics of
# the batch, whose averages move in training, and random numbers. One says the contrary, and one
# says it of a model and of a layer that hands it on. What is said last counts for layers that are
# called without a word, until the outermost `call` ends.
import keras
from keras import layers


class Sampled(layers.Layer):
    def __init__(self):
        super().__init__()
        self.norm = layers.BatchNormalization(momentum=0.9)
        self.frozen = layers.BatchNormalization()
        self.frozen.trainable = False
        self.drop = layers.Dropout(0.4)
        self.steps = layers.LSTM(4, dropout=0.3, recurrent_dropout=0.2, return_sequences=True)
        self.noise = layers.GaussianNoise(0.2)

    def call(self, x):
        x = self.frozen(self.norm(x, training=True), training=True)
        return self.noise(self.steps(self.drop(x, training=True), training=True))


class Always(layers.Dropout):
    def call(self, inputs, training=None):
        return super().call(inputs, training=True)


class Handed(layers.Layer):
    def __init__(self):
        super().__init__()
        self.noise = layers.GaussianNoise(0.3)
        self.drop = layers.Dropout(0.5)

    def call(self, x, training=None):
        x = x + 1.0 if training else x
        return self.noise(x) + self.drop(x, training=False)


class Around(layers.Layer):
    def __init__(self):
        super().__init__()
        self.handed = Handed()
        self.still = layers.BatchNormalization()
        self.none = layers.Dropout(0.5)
        z = keras.Input((None, 4))
        y = layers.Dropout(0.25)(layers.Dense(4, activation="tanh")(z), training=False)
        self.inner = keras.Model(z, layers.BatchNormalization()(y))

    def call(self, x):
        x = self.inner(self.handed(x, training=True), training=True)
        return self.none(self.still(x, training=False))


x = keras.Input((None, 3))
y = Around()(Sampled()(layers.Dense(3)(x)))
y = layers.Dropout(0.2)(Always(0.3)(layers.GlobalAveragePooling1D()(y)))
model = keras.Model(x, layers.Dense(2)(y))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
