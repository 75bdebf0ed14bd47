# Methods that Keras' own layers would call, in classes that do not say what they compute otherwise.
import keras
from keras import layers, ops

x = keras.Input((5, 4))


class Talking(layers.MultiHeadAttention):
    def _compute_attention(self, query, key, value, **options):
        return super()._compute_attention(query * 0.3, key, value, **options)


class Started(layers.LSTM):
    def get_initial_state(self, batch_size):
        return [ops.ones((batch_size, self.units)), ops.ones((batch_size, self.units))]


class WeightedSum(layers.Add):
    def _merge_function(self, inputs):
        return 0.5 * inputs[0] + 0.5 * inputs[1]


class Scaled(keras.Model):
    def call(self, x, training=None, mask=None):
        return super().call(2.0 * x) + 1.0


Talking(2, 3)(x, x)
Started(4)(x)
WeightedSum()([x, x])
model = Scaled(x, layers.Dense(2)(x))
