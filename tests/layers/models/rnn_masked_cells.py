# Cells along sequences with a mask: a step that does not count gives the output before it, or zeros.
import keras
from keras import ops
from keras.layers import RNN, Dense, GRUCell, Input, Layer, LSTMCell, Masking


class Cell(Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = units
        self.inner = Dense(units, activation="tanh")

    def build(self, input_shape):
        self.inner.build((None, input_shape[-1] + self.state_size))

    def call(self, inputs, states):
        h = self.inner(ops.concatenate([inputs, states[0]], axis=-1))
        return 2 * h, [h]


x = Input((6, 2), name="x")
counted = Masking()(x)
steps = RNN(Cell(3), return_sequences=True)(counted)
zeroed = RNN(Cell(3), return_sequences=True, zero_output_for_mask=True)(counted)
last = RNN(Cell(3), go_backwards=True)(steps)
stacked = RNN([LSTMCell(3), GRUCell(2)], return_sequences=True)(counted)
final = RNN([GRUCell(2), Cell(3)])(stacked)
model = keras.Model(x, [steps, zeroed, stacked, Dense(2)(last), Dense(2)(final)])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
