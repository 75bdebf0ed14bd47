# Classes that derive from Sequential, and what they do not do.
import keras
from keras import layers


class Residual(keras.Sequential):
    def __init__(self, units):
        super().__init__([layers.Dense(units)])

    def call(self, x):
        return x + super().call(x)


class Wrong(keras.Sequential):
    def __init__(self):
        super().__init__(layers.Dense(3))


class Forgets(keras.Sequential):
    def __init__(self, units):
        self.units = units


x = keras.Input((3,))
Residual(3)(x)
Wrong()(x)
Forgets(3)(x)
model = keras.Model(x, layers.Dense(2)(x))
