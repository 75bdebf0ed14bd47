# Bidirectional of RNN with cells of the file, which Keras makes again for either direction: from what
# the class was called with, from a `get_config` of its own, and in a stack.
import keras
from keras import ops
from keras.layers import RNN, Bidirectional, Concatenate, Dense, GRUCell, Input, Layer


@keras.saving.register_keras_serializable()
class Scaled(Layer):
    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.scale = scale
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), initializer="orthogonal", name="recurrent_kernel")

    def call(self, inputs, states):
        sums = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel)
        h = ops.tanh(self.scale * sums)
        return h, [h]


@keras.utils.register_keras_serializable(package="cells")
class Mixed(Layer):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.units = inner.units
        self.state_size = self.units

    def build(self, input_shape):
        self.inner.build((None, input_shape[-1] + self.units))

    def call(self, inputs, states):
        gate = self.inner(ops.concatenate([inputs, states[0]], axis=-1))
        h = gate * states[0] + (1 - gate) * inputs[:, : self.units]
        return h, [h]

    def get_config(self):
        return {"size": self.units}

    @classmethod
    def from_config(cls, config):
        return cls(Dense(config["size"], activation="sigmoid"))


x = Input((None, 4), name="x")
scaled = Bidirectional(RNN(Scaled(3, scale=0.5), return_sequences=True))(x)
mixed = Bidirectional(RNN(Mixed(Dense(2, activation="sigmoid")), return_sequences=True))(scaled)
given = Bidirectional(
    RNN(Scaled(2, name="cell")), backward_layer=RNN(Scaled(2), go_backwards=True), merge_mode="sum"
)(mixed)
stack = Bidirectional(RNN([Scaled(2, 2.0), GRUCell(3)]), merge_mode="mul")(x)
joined = Concatenate()([given, stack])
model = keras.Model(x, [Dense(2)(joined), mixed])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
