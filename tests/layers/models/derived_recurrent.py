# Classes that derive from RNN, Bidirectional and cells, as ports of published cells do it, and the
# states that recurrent layers start from.
import keras
from keras import layers, ops


class GatedCell(layers.Layer):
    def __init__(self, units, depth, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units] * depth

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.decay = self.add_weight(shape=(self.units,), initializer="zeros", name="decay")

    def call(self, inputs, states):
        h = ops.tanh(ops.matmul(inputs, self.kernel))
        kept = []
        for state in states:
            share = ops.sigmoid(self.decay + state)
            h = share * state + (1 - share) * h
            kept.append(h)
        return h, kept


class Gated(layers.RNN):
    def __init__(self, units, depth=2, **kwargs):
        super().__init__(GatedCell(units, depth), **kwargs)

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, mask=mask, training=training, initial_state=initial_state)

    @property
    def units(self):
        return self.cell.units


class NormalizedCell(layers.LSTMCell):
    def build(self, input_shape):
        super().build(input_shape)
        self.gain = self.add_weight(shape=(4 * self.units,), initializer="ones", name="gain")

    def call(self, inputs, states, training=False):
        h, c = states
        sums = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        i, f, g, o = ops.split(sums * self.gain + self.bias, 4, axis=-1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


class ResidualCell(layers.GRUCell):
    def call(self, inputs, states, training=False):
        output, states = super().call(inputs, states, training=training)
        return output + inputs, states


class Both(layers.Bidirectional):
    def call(self, sequences, initial_state=None, mask=None, training=None):
        return 2 * super().call(sequences, initial_state=initial_state, mask=mask, training=training)


class Starting(keras.Model):
    def __init__(self):
        super().__init__()
        self.gru = layers.GRU(3, return_sequences=True, return_state=True)
        self.lstm = layers.LSTM(2)
        self.cells = layers.RNN(NormalizedCell(2))

    def call(self, x):
        batch = ops.shape(x)[0]
        y, state = self.gru(x, initial_state=self.gru.get_initial_state(batch))
        last = self.lstm(y, initial_state=self.lstm.get_initial_state(batch_size=batch))
        return ops.concatenate([state, last, self.cells(y, initial_state=self.cells.get_initial_state(batch))], axis=-1)


x = keras.Input((None, 3), name="x")
gated = Gated(4)
y = gated(x)
z = layers.RNN(ResidualCell(3), return_sequences=True)(x)
both = Both(layers.LSTM(2))(z)
normalized, h, c = layers.RNN(NormalizedCell(gated.units), return_state=True)(x)
joined = layers.Concatenate()([y, both, normalized, h, c, Starting()(x)])
model = keras.Model(x, [layers.Dense(2)(joined), z])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
