# A Sequential without an input, which a layer of the file calls on sequences of several lengths.
import keras
from keras import layers, ops


class Mixed(layers.Layer):
    def __init__(self):
        super().__init__()
        self.change = keras.Sequential([layers.Dense(3, activation="relu"), layers.Dense(4)])

    def call(self, x):
        return self.change(x) + self.change(ops.mean(x, axis=1, keepdims=True))


mixed = Mixed()
a, b = keras.Input((7, 4), name="a"), keras.Input((5, 4), name="b")
both = layers.concatenate([mixed(a), mixed(b)], axis=1)
model = keras.Model([a, b], layers.Dense(2)(layers.GRU(3)(both)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
