# Cells that a layer of the file calls step by step.
import keras
from keras import ops
from keras.layers import Dense, GRUCell, Input, Layer, LSTMCell, SimpleRNNCell, StackedRNNCells


class Decoder(Layer):
    def __init__(self, units, length, **kwargs):
        super().__init__(**kwargs)
        self.length = length
        self.cell = LSTMCell(units)
        self.gru = GRUCell(units, reset_after=False, use_bias=False)
        self.plain = SimpleRNNCell(units, activation="relu")
        self.stack = StackedRNNCells([GRUCell(3), LSTMCell(2)])
        self.out = Dense(2)

    def call(self, x):
        start = self.cell.get_initial_state(batch_size=ops.shape(x)[0])
        states, h, r = start, start[0], start[1]
        above = [self.stack.cells[0].get_initial_state(ops.shape(x)[0]),
                 self.stack.cells[1].get_initial_state(ops.shape(x)[0])]
        outputs = []
        y = x
        for _ in range(self.length):
            y, states = self.cell(y, states)
            g, (h,) = self.gru(y, [h])
            s, r = self.plain(g, r)
            top, above = self.stack(s, above)
            y = self.out(ops.concatenate([y, g, s, top], axis=-1))
            outputs.append(y)
        return ops.stack(outputs, axis=1)


x = Input((2,), name="x")
units = Dense(2)(x)
once, state = GRUCell(2)(units, [x])
decoded = Decoder(3, 4)(once)
model = keras.Model(x, [decoded, state[0]])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
