# What goes wrong where layers add to the loss.
import keras
from keras import layers, ops

x = keras.Input((5, 3), name="x")


class Adds(layers.Layer):
    def build(self, shape):
        self.add_loss(0.5)

    def call(self, x):
        return x


class AddsText(layers.Layer):
    def call(self, x):
        self.add_loss("much")
        return x


class AddsNumber(layers.Layer):
    def call(self, x):
        self.add_loss(0.5)
        return x


class AddsOther(layers.Layer):
    def call(self, t):
        self.add_loss(ops.mean(x))
        return t


class AddsMean(layers.Layer):
    def call(self, x):
        self.add_loss(ops.mean(x))
        return x


Adds()(x)
AddsText()(x)
AddsNumber()(x)
AddsOther()(x)
AddsMean().add_loss(ops.mean(x))
layers.TimeDistributed(AddsMean())(x)
layers.ActivityRegularization(l1=-0.1)
layers.ActivityRegularization(0.1, activity_regularizer="l2")
layers.Flatten(activity_regularizer="l3")
