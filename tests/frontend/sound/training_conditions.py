# Layers that ask whether they are trained, in all the ways there are.
import keras
from keras import layers, ops


class Asked(layers.Layer):
    def call(self, inputs, training=None):
        if training is None:
            training = False
        if training:
            inputs = inputs + keras.random.normal(ops.shape(inputs), stddev=0.1)
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


class Scaled(layers.Layer):
    def call(self, inputs, training=False):
        return inputs * (1.0 + float(training)) * (2 - training)


class Inner(layers.Layer):
    def __init__(self):
        super().__init__()
        self.asked = Asked()

    def call(self, inputs):
        return self.asked(inputs)


y = x = keras.Input((10, 8), name="x")
for layer in Asked, Compared, Equal, Among, Denied, Scaled, Inner:
    y = layer()(y)
# Where the call says it, there is one.
y = Denied()(Asked()(y, training=False), training=True)
model = keras.Model(x, y)
model.compile("sgd", "mse")
