# Classes that derive from Sequential.
import keras
from keras import layers


class Tower(keras.Sequential):
    """Dense layers one above the other."""

    def __init__(self, units, depth=2, **options):
        super().__init__([layers.Dense(units, activation="tanh") for _ in range(depth)], **options)
        self.units = units


class Encoder(keras.Sequential):
    def __init__(self, units):
        super().__init__(name="encoder")
        self.add(layers.Bidirectional(layers.LSTM(units, return_sequences=True)))
        self.add(layers.LayerNormalization())


x = layers.Input((5, 3))
h = Encoder(2)(Tower(4)(x))
tower = Tower(3, depth=1)
y = layers.Dense(2)(layers.GlobalMaxPooling1D()(tower(h) + float(tower.units)))
model = keras.Model(x, y)
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
