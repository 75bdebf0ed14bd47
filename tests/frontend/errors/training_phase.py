# Layers of the file that ask whether they are trained are traced for both; what has no answer.
import keras
from keras import layers, ops

x = keras.Input((10, 8), name="x")


class Shapes(layers.Layer):
    def call(self, inputs, training=False):
        if training:
            return inputs
        return inputs[:, 0]


class Structures(layers.Layer):
    def call(self, inputs, training=False):
        return (inputs, inputs) if training else inputs


class Wrong(layers.Layer):
    def call(self, inputs, training=False):
        if training:
            return inputs + ops.zeros((3,))
        return inputs


class Always(layers.Layer):
    def call(self, inputs, training=False):
        return ops.sums(inputs) if training else ops.sums(inputs)


class Keeps(layers.Layer):
    def __init__(self):
        super().__init__()
        self.steps = layers.LSTM(4, stateful=True)

    def call(self, inputs, training=False):
        return self.steps(inputs) * (2.0 if training else 1.0)


for layer in Shapes, Structures, Wrong, Always:
    layer()(x)
Keeps()(keras.Input((10, 8), batch_size=2))
if keras.backend.learning_phase():
    x = x * 2.0
model = keras.Model(x, layers.Dense(1)(x))
