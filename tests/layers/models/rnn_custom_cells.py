# Cells of the file: one state that is the output, two states and an output of another size, states
# that start elsewhere, and a cell with cells of Keras inside.
import keras
from keras import ops
from keras.layers import RNN, Dense, Input, Layer, LSTMCell


class MinimalCell(Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), initializer="orthogonal", name="recurrent_kernel")

    def call(self, inputs, states):
        h = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel))
        return h, [h]


class AveragingCell(Layer):
    """A state that remembers slowly beside one that remembers fast."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, 2 * units]
        self.output_size = 3
        self.mix = Dense(units, activation="sigmoid")
        self.wide = Dense(2 * units)
        self.out = Dense(3)
        self.scale = self.add_weight(shape=(units,), initializer="ones", name="scale")

    def build(self, input_shape):
        self.mix.build((None, input_shape[-1] + self.units))
        self.wide.build((None, self.units))
        self.out.build((None, 2 * self.units))

    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, self.units)), ops.zeros((batch_size, 2 * self.units))]

    def call(self, inputs, states, training=False):
        fast, slow = states
        gate = self.mix(ops.concatenate([inputs, fast], axis=-1))
        fast = gate * fast + (1 - gate) * self.scale
        slow = 0.9 * slow + 0.1 * self.wide(fast)
        return self.out(slow), (fast, slow)


class ProjectedCell(Layer):
    """An LSTM whose output goes through a layer, as decoders have it."""

    def __init__(self, units, size, **kwargs):
        super().__init__(**kwargs)
        self.cell = LSTMCell(units)
        self.projection = Dense(size, activation="softmax")
        self.state_size = [units, units]
        self.output_size = size

    def build(self, input_shape):
        self.cell.build(input_shape)
        self.projection.build((None, self.cell.units))

    def call(self, inputs, states):
        output, states = self.cell(inputs, states)
        return self.projection(output), states


x = Input((None, 4), name="x")
minimal = RNN(MinimalCell(5), return_sequences=True)(x)
averaged, fast, slow = RNN(AveragingCell(2), return_state=True)(minimal)
projected = RNN(ProjectedCell(3, 4), return_sequences=True, go_backwards=True)(x)
mixed, first, (h, c) = RNN([MinimalCell(3), LSTMCell(2)], return_state=True)(projected)
joined = keras.layers.Concatenate()([averaged, fast, slow, mixed, first, h, c])
model = keras.Model(x, [Dense(2)(joined), minimal, projected])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
