# Layers of the file with weights along time, along features and along both.
import keras
from keras import layers, ops


class TimeMixing(layers.Layer):
    def __init__(self, out_steps, **kwargs):
        super().__init__(**kwargs)
        self.out_steps = out_steps

    def build(self, input_shape):
        steps, features = input_shape[1], input_shape[2]
        self.kernel = self.add_weight(shape=(steps, self.out_steps), name="kernel")
        self.position = self.add_weight(shape=(steps, features), name="position")
        self.scale = self.add_weight(shape=(steps,), initializer="ones", name="scale")

    def call(self, x):
        x = x + self.position
        turned = ops.transpose(x, (0, 2, 1)) * self.scale
        return ops.transpose(ops.matmul(turned, self.kernel), (0, 2, 1))


class AttentionPooling(layers.Layer):
    def build(self, input_shape):
        features = input_shape[-1]
        self.w = self.add_weight(shape=(features, features), name="w")
        self.u = self.add_weight(shape=(features, 1), name="u")

    def call(self, h):
        scores = ops.matmul(ops.tanh(ops.matmul(h, self.w)), self.u)
        weights = ops.softmax(scores, axis=1)
        return ops.sum(weights * h, axis=1)


inputs = keras.Input((12, 12))
h = layers.LSTM(12, return_sequences=True)(inputs)
h = TimeMixing(12)(h)
h = ops.einsum("btf,bsf->bst", h, h) @ h
outputs = layers.Dense(1)(AttentionPooling()(h))
model = keras.Model(inputs, outputs)
model.compile("adam", "mse")
