# Graphs as matrices of neighbours, and a score for each pair of steps.
import keras
from keras import layers, ops

NODES = 10


@keras.saving.register_keras_serializable(package="graphs")
class Neighbours(layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        features, _ = input_shape
        self.kernel = self.add_weight(shape=(features[-1], self.units), name="kernel")
        self.built = True

    def call(self, inputs):
        features, links = inputs
        return self.activation(ops.matmul(links, ops.matmul(features, self.kernel)))

    def get_config(self):
        return super().get_config() | {"units": self.units, "activation": self.activation}


nodes = keras.Input((NODES, 4), name="nodes")
links = keras.Input((NODES, NODES), name="links")
h = Neighbours(8, "relu")([nodes, links])
h = Neighbours.from_config(Neighbours(8, "relu", name="second").get_config())((h, links))
total = ops.sum(h, axis=1)
model = keras.Model([nodes, links], layers.Dense(2)(total))
