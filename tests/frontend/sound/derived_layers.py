# Classes that derive from layers: what they know of themselves.
import keras
from keras import layers


class Scaled(layers.Dense):
    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(units, **kwargs)
        self.scale = scale

    def build(self, input_shape):
        super().build(input_shape)
        self.gain = self.add_weight(shape=(self.units,), initializer="ones", name="gain")

    def call(self, inputs):
        return self.scale * self.gain * super().call(inputs)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


class Memory(layers.LSTM):
    def call(self, sequences, mask=None, training=None):
        return super().call(sequences, training=training)


x = keras.Input((6, 4))
scaled = Scaled(5, scale=2.0, activation="tanh", name="first")
y = scaled(x)
assert scaled.units == 5 and scaled.use_bias and scaled.scale == 2.0 and scaled.activation is keras.activations.tanh
assert [w.path for w in scaled.weights] == ["first/kernel", "first/bias", "first/gain"]
assert scaled.kernel.shape == (4, 5) and scaled.bias.name == "bias" and scaled.count_params() == 30
assert isinstance(scaled, layers.Dense) and isinstance(scaled, layers.Layer) and not isinstance(scaled, layers.LSTM)
assert isinstance(layers.Dense(2), layers.Dense) and not isinstance(layers.Dense(2), Scaled)
config = scaled.get_config()
assert config["units"] == 5 and config["scale"] == 2.0 and config["name"] == "first"
again = Scaled(**{k: v for k, v in config.items() if k in ("units", "scale", "activation")})
assert again(x).shape == (None, 6, 5) and again.name == "scaled"

memory = Memory(3, return_sequences=True)
z = memory(y)
assert z.shape == (None, 6, 3) and memory.return_sequences and memory.name == "memory"
assert [w.path for w in memory.weights] == [
    "memory/lstm_cell/kernel",
    "memory/lstm_cell/recurrent_kernel",
    "memory/lstm_cell/bias",
]
model = keras.Model(x, layers.Dense(1)(z))
assert [layer.name for layer in model.layers][1:3] == ["first", "memory"]
assert model.get_layer("memory") is memory and len(model.trainable_weights) == 8 and model.count_params() == len([0] * 142)
