import keras
from keras import ops
from keras.layers import (
    BatchNormalization,
    Bidirectional,
    Dense,
    GRUCell,
    Input,
    LSTM,
    LSTMCell,
    Layer,
    RNN,
    StackedRNNCells,
)


class Nothing(Layer):
    def call(self, inputs, states):
        return inputs, states


class Alone(Layer):
    def __init__(self, units):
        super().__init__()
        self.state_size = units

    def call(self, inputs, states):
        return states[0]


class Wide(Layer):
    def __init__(self, units):
        super().__init__()
        self.state_size = units

    def call(self, inputs, states):
        return ops.concatenate([inputs, states[0]], axis=-1), states


class Grown(Layer):
    state_size = 4

    def call(self, inputs, states):
        return states[0], [ops.concatenate([inputs, states[0]], axis=-1)]


class Counting(Layer):
    state_size = 4

    def __init__(self):
        super().__init__()
        self.norm = BatchNormalization()

    def call(self, inputs, states):
        h = self.norm(states[0])
        return h, [h]


class Strange(Layer):
    state_size = [4, "units"]

    def call(self, inputs, states):
        return states[0], states


x = Input((5, 3), name="x")
h = Input((4,), name="h")
RNN(LSTM(4))(x)
RNN(LSTMCell)(x)
RNN(64)(x)
RNN([])(x)
RNN([LSTMCell(4), Dense(4)])(x)
RNN(Nothing())(x)
RNN(Strange())(x)
RNN(Alone(4))(x)
RNN(Wide(4))(x)
RNN(Grown())(x)
RNN(Counting())(x)
RNN(StackedRNNCells([StackedRNNCells([GRUCell(2)])]))(x)
LSTMCell(4)(h)
LSTMCell(4)(h, [h])
LSTMCell(4)(x, [h, h])
GRUCell(8)(h, [h])
LSTMCell(4, dropout=0.5)(h, [h, h])
RNN([LSTMCell(4), GRUCell(4)])(x, initial_state=[h, h])
RNN(GRUCell(8))(x, initial_state=h)
Bidirectional(RNN(Counting()))(x)
RNN(LSTMCell(4), stateful=True)(x)
RNN(GRUCell(8))(x, constants=[h])
