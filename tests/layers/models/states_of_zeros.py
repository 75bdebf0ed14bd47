# Tensors made of sizes that are only known when the model runs, and masks of triangles.
import keras
import tensorflow as tf
from keras import layers, ops


class Decoder(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.first = layers.LSTM(units, return_sequences=True)
        self.second = layers.GRU(units, return_sequences=True)

    def build(self, input_shape):
        self.token = self.add_weight(shape=(1, 1, input_shape[-1]), name="token")
        super().build(input_shape)

    def call(self, inputs):
        batch = ops.shape(inputs)[0]
        token = ops.tile(self.token, (batch, 1, 1))
        other = ops.broadcast_to(self.token, (batch, 2, inputs.shape[-1]))
        inputs = ops.concatenate([token, inputs, other], axis=1)
        state = [ops.zeros((batch, self.units)), ops.full((batch, self.units), 0.5)]
        sequence = self.first(inputs, initial_state=state)
        return self.second(sequence, initial_state=ops.ones([ops.shape(inputs)[0], self.units]))


def causal(parts):
    queries, keys = parts
    scores = tf.matmul(queries, keys, transpose_b=True)
    mask = tf.linalg.band_part(ops.ones((9, 9)), -1, 0)
    near = tf.linalg.band_part(ops.ones((9, 9)), 2, 1)
    scores = scores - 1e4 * (1.0 - mask * near)
    return tf.matmul(tf.nn.softmax(scores), keys)


x = keras.Input((6, 4), name="x")
steps = Decoder(3)(x)
context = layers.Lambda(causal, output_shape=(9, 3))([steps, layers.Dense(3)(steps)])
products = ops.matmul(context, ops.transpose(context, (0, 2, 1)))
lower = ops.tril(products, k=-1) + ops.triu(products, k=2)
model = keras.Model(x, layers.Dense(2, name="out")(layers.Concatenate()([context, lower])))
model.compile(optimizer="adam", loss="mse")
