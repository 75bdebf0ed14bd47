# Attention with weights of its own, as a layer of the file, over LSTM states; and a second use of a shared one.
import keras
from keras import layers, ops


class AdditivePooling(layers.Layer):
    """Weighs the steps of a sequence and adds them up."""

    def __init__(self, units=None, return_weights=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_weights = return_weights

    def build(self, input_shape):
        features = input_shape[-1]
        units = self.units or features
        self.W = self.add_weight(name="W", shape=(features, units), initializer="glorot_uniform")
        self.b = self.add_weight(name="b", shape=(units,), initializer="zeros")
        self.u = self.add_weight(name="u", shape=(units, 1), initializer="glorot_uniform")
        super().build(input_shape)

    def call(self, x, mask=None):
        hidden = ops.tanh(ops.matmul(x, self.W) + self.b)
        weights = ops.softmax(ops.matmul(hidden, self.u), axis=1)
        pooled = ops.sum(weights * x, axis=1)
        return (pooled, weights) if self.return_weights else pooled

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "return_weights": self.return_weights})
        return config


class Gate(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
        self.offset = self.add_weight(shape=(), initializer="ones", trainable=False, name="offset")

    def build(self, a_shape, b_shape):
        self.dense = layers.Dense(a_shape[-1], activation="sigmoid")

    def call(self, a, b, invert=False):
        gate = self.dense(b) * self.scale
        return a * (self.offset - gate) if invert else a * gate


x = keras.Input((None, 4), name="x")
steps = layers.LSTM(5, return_sequences=True)(x)
pool = AdditivePooling(3, return_weights=True)
first, weights = pool(steps)
second, _ = pool(layers.GRU(5, return_sequences=True)(steps))
plain = AdditivePooling(name="plain")(steps)
gate = Gate()
y = gate(first, b=second) + gate(second, plain, invert=True)
model = keras.Model(x, [layers.Dense(2, name="out")(y), weights])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
