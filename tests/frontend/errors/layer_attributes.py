# Attributes of layers that were never called, or called several times, and names of Keras 2.
import keras
from keras import layers

x = keras.Input((10, 8), name="x")
y = keras.Input((10, 8), name="y")
unused = layers.Dense(3, name="unused")
print(unused.output)
unused.count_params()
shared = layers.LSTM(4, name="shared")
a, b = shared(x), shared(y)
print(shared.output, shared.input_shape)
print(unused.unit, shared.retrun_sequences)


class Pair(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(4, name="inner")

    def call(self, inputs):
        return self.inner(inputs)


pair = Pair()
c = pair(a)
print(pair.inner.output)
broken = layers.LSTM(4, name="broken")
broken(a)
print(broken.output, broken.input.shape)
last = layers.Dense(2)
last(c)
print(last.output_shape)
model = keras.Model([x, y], layers.Add()([a, b]))
model.get_layer("shared").set_weights([1])
print(model.get_layer("shard").output, model.output_shapes)
