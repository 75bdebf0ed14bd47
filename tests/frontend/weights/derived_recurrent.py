# Classes that derive from recurrent layers, from cells and from wrappers.
import keras
from keras import layers, ops


class Cell(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.dense = layers.Dense(units)

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(self.units, self.units), name="kernel")
        self.dense.build(input_shape)

    def call(self, inputs, states):
        h = ops.tanh(self.dense(inputs) + ops.matmul(states[0], self.kernel))
        return h, [h]


class Own(layers.RNN):
    def __init__(self, units, **kwargs):
        super().__init__(Cell(units), **kwargs)

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, mask=mask, training=training, initial_state=initial_state)


class Scaled(layers.RNN):
    def __init__(self, units, **kwargs):
        super().__init__([layers.LSTMCell(units), layers.GRUCell(units)], return_sequences=True, **kwargs)

    def build(self, sequences_shape, initial_state_shape=None):
        super().build(sequences_shape)
        self.scale = self.add_weight(shape=(3,), name="scale")

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training) * self.scale


class NormalizedCell(layers.LSTMCell):
    def build(self, input_shape):
        super().build(input_shape)
        self.gain = self.add_weight(shape=(4 * self.units,), initializer="ones", name="gain")
        self.norm = layers.LayerNormalization()
        self.norm.build((None, self.units))

    def call(self, inputs, states, training=False):
        h, c = states
        sums = (ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel)) * self.gain + self.bias
        i, f, g, o = ops.split(sums, 4, axis=-1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(self.norm(c))
        return h, [h, c]


class Steps(layers.TimeDistributed):
    def __init__(self, units, **kwargs):
        super().__init__(layers.Dense(units), **kwargs)

    def call(self, inputs, training=None, mask=None):
        return 2 * super().call(inputs, training=training, mask=mask)


class Both(layers.Bidirectional):
    def __init__(self, units, **kwargs):
        super().__init__(layers.LSTM(units), **kwargs)

    def call(self, sequences, initial_state=None, mask=None, training=None):
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)


x = keras.Input((5, 4), name="x")
frozen = Own(2)
y = layers.Concatenate()([Own(3)(x), frozen(x), layers.RNN(NormalizedCell(2))(x), Both(3)(Steps(2)(Scaled(3)(x)))])
frozen.trainable = False
model = keras.Model(x, layers.Dense(1)(y))
