# RNN of cells of the file and of several, one above the other, as Keras' own tests have them: all
# weights are ones, and there is no activation.
import keras
from keras import layers, ops


class Sum(layers.Layer):
    """A cell whose output is its state."""

    def __init__(self, units):
        super().__init__()
        self.units = units
        self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="ones", name="kernel")
        self.recurrent = self.add_weight(
            shape=(self.units, self.units), initializer="ones", name="recurrent"
        )

    def call(self, inputs, states):
        y = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent)
        return y, [y]


class Twice(layers.Layer):
    """A cell with two states, both of which follow the first, and their sum as its output."""

    def __init__(self, units):
        super().__init__()
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="ones", name="kernel")
        square = (self.units, self.units)
        self.first = self.add_weight(shape=square, initializer="ones", name="first")
        self.second = self.add_weight(shape=square, initializer="ones", name="second")

    def call(self, inputs, states):
        x = ops.matmul(inputs, self.kernel)
        one = x + ops.matmul(states[0], self.first)
        two = x + ops.matmul(states[0], self.second)
        return one + two, [one, two]


x = keras.Input((2, 3), name="x")
sum_, sum_state = layers.RNN(Sum(2), return_state=True)(x)
twice, one, two = layers.RNN(Twice(2), return_state=True)(x)
plain = keras.Model(
    x,
    {
        "sum": sum_,
        "sum_state": sum_state,
        "sum_steps": layers.RNN(Sum(2), return_sequences=True)(x),
        "twice": twice,
        "twice_one": one,
        "twice_two": two,
        "twice_steps": layers.RNN(Twice(2), return_sequences=True)(x),
    },
)

x = keras.Input((3, 2), name="x")
h = keras.Input((2,), name="h")
started = keras.Model(
    [x, h],
    {
        "sum": layers.RNN(Sum(2))(x, initial_state=h),
        "twice": layers.RNN(Twice(2))(x, initial_state=[h, h]),
    },
)

x = keras.Input(batch_shape=(1, 2, 3), name="x")
stateful = keras.Model(
    x,
    {
        "sum": layers.RNN(Sum(2), stateful=True)(x),
        "twice": layers.RNN(Twice(2), stateful=True)(x),
    },
)

x = keras.Input((3, 4), name="x")
last, below, above = layers.RNN([Sum(3), Sum(2)], return_state=True)(x)
stacked = keras.Model(
    x,
    {
        "backwards": layers.RNN(Sum(2), go_backwards=True)(x),
        "sums": last,
        "below": below,
        "above": above,
        "sums_steps": layers.RNN([Sum(3), Sum(2)], return_sequences=True)(x),
        "twices": layers.RNN([Twice(3), Twice(2)])(x),
        "twices_steps": layers.RNN([Twice(3), Twice(2)], return_sequences=True)(x),
    },
)

x = keras.Input(batch_shape=(2, 3, 4), name="x")
stateful_stacked = keras.Model(
    x,
    {
        "sum": layers.RNN(Sum(2), stateful=True)(x),
        "sums": layers.RNN([Sum(3), Sum(2)], stateful=True)(x),
        "twices": layers.RNN([Twice(3), Twice(2)], stateful=True)(x),
    },
)
