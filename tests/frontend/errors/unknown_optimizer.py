# Optimizers that Rondo does not have: the model predicts, and nothing trains it.
import keras
import tensorflow_addons as tfa


class Noam(keras.optimizers.Optimizer):
    pass


model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
model.compile(Noam(8), "mse")
model.compile(tfa.optimizers.RectifiedAdam(1e-3), "mse")
