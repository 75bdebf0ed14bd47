# What a layer of the file asks of `training` has no answer: there is one graph.
import keras
from keras import layers, ops

x = keras.Input((10, 8), name="x")


class Asked(layers.Layer):
    def call(self, inputs, training=None):
        if training is None:
            training = False
        if training:
            inputs = inputs * 2.0
        return inputs


class Compared(layers.Layer):
    def call(self, inputs, training=False):
        return inputs * 2.0 if training is True else inputs


class Equal(layers.Layer):
    def call(self, inputs, training=False):
        if training == True:
            return inputs * 2.0
        return inputs


class Among(layers.Layer):
    def call(self, inputs, training=False):
        return inputs if training in (False, 0) else inputs * 2.0


class Denied(layers.Layer):
    def call(self, inputs, training=False):
        return inputs if not training else inputs * 2.0


class Chosen(layers.Layer):
    def call(self, inputs, training=False):
        return ops.where(training, inputs * 2.0, inputs)


class Scaled(layers.Layer):
    def call(self, inputs, training=False):
        return inputs * (1.0 + float(training)) * (2 - training)


for layer in Asked, Compared, Equal, Among, Denied, Chosen, Scaled:
    layer()(x)
# Where the call says it, there is one.
y = Denied()(Asked()(x, training=False), training=True)
model = keras.Model(x, y)
