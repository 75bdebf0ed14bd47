# Layers of Keras, then classes that derive from them.
import keras
from keras import layers, ops

x = keras.Input((10, 8))
h = layers.LSTM(16, return_sequences=True)(x)
h = layers.Dense(8, activation="relu")(h)
h = layers.LSTM(4)(h)
model = keras.Model(x, layers.Dense(3, activation="softmax")(h))
model.compile("adam", "sparse_categorical_crossentropy")
# ---
import keras
from keras import layers


class Encoder(layers.LSTM):
    def __init__(self, units, **kwargs):
        super().__init__(units, return_sequences=True, **kwargs)


class Relu(layers.Dense):
    def __init__(self, units):
        super(Relu, self).__init__(units, activation="relu")
        self.used = 0

    def call(self, inputs):
        self.used += 1
        return super().call(inputs)


class Last(layers.LSTM):
    """Adds nothing."""


class Head(layers.Dense):
    def build(self, input_shape):
        assert input_shape[-1] == 4
        super().build(input_shape)

    def call(self, inputs):
        return keras.activations.softmax(inputs @ self.kernel + self.bias)


x = keras.Input((10, 8))
h = Last(4)(Relu(8)(Encoder(16)(x)))
model = keras.Model(x, Head(3)(h))
model.compile("adam", "sparse_categorical_crossentropy")
# ---
import keras
from keras import layers, ops


class Plain(keras.layers.Dense):
    def call(self, x):
        y = ops.matmul(x, self.kernel)
        if self.use_bias:
            y = ops.add(y, self.bias)
        if self.activation is not None:
            y = self.activation(y)
        return y


class Whole(keras.Model):
    def __init__(self, sizes, **kwargs):
        super().__init__(**kwargs)
        self.parts = [layers.LSTM(sizes[0], return_sequences=True), Plain(sizes[1], activation="relu")]
        self.last = layers.LSTM(sizes[2])
        self.out = Plain(3, "softmax")

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return self.out(self.last(x))


model = Whole((16, 8, 4))
model.build((None, 10, 8))
model.compile("adam", "sparse_categorical_crossentropy")
