# Layers of the file that ask whether they are trained; what depends on chance has a rate at which it
# changes nothing.
import keras
from keras import layers, ops


class Scaled(layers.Layer):
    """Twice as much in training, and a loss of its own there."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = layers.Dense(4, activation="tanh")
        self.drop = layers.Dropout(0.0)
        self.norm = layers.BatchNormalization()

    def call(self, x, training=None):
        h = self.norm(x)
        if training:
            h = 2.0 * self.inner(h)
            self.add_loss(0.1 * ops.mean(ops.square(h)))
        elif not training:
            h = self.inner(h) - 0.5
        return self.drop(h, training=training)


class Helper(layers.Layer):
    """The condition is in a method, and the layers around know nothing of it."""

    def shifted(self, x, training):
        return x + 1.0 if training else x

    def call(self, inputs, training=False):
        pair = (self.shifted(inputs, training), inputs * inputs)
        return pair[0] * pair[1]


class Block(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.helper = Helper()
        self.norm = layers.LayerNormalization()

    def call(self, x):
        return self.norm(self.helper(x)) + x


x = layers.Input((5, 4))
h = Block()(Scaled()(x))
model = keras.Model(x, layers.Dense(2)(layers.GlobalAveragePooling1D()(h)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
