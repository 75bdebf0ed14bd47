# What a file can ask layers and models; holds under Keras 3.15 as well.
import keras
from keras import layers

x = keras.Input((10, 8), name="x")
lstm = layers.LSTM(5, return_sequences=True, name="steps")
dense = layers.Dense(4, activation="tanh", name="dense")
h = lstm(x)
y = dense(h)

# Settings of the constructor.
assert (lstm.units, lstm.return_sequences, lstm.return_state) == (5, True, False)
assert dense.units == 4 and dense.use_bias
assert dense.activation is keras.activations.tanh
assert layers.Dense(2).activation is keras.activations.linear
assert lstm.recurrent_activation is keras.activations.sigmoid
conv = layers.Conv1D(3, 5, dilation_rate=2, padding="causal")
assert (conv.filters, conv.kernel_size, conv.strides) == (3, (5,), (1,))
assert (conv.padding, conv.dilation_rate) == ("causal", (2,))
pool = layers.MaxPooling1D(2)
assert (pool.pool_size, pool.strides, pool.padding) == ((2,), (2,), "valid")
assert layers.ZeroPadding1D(2).padding == (2, 2)
assert layers.Cropping1D((1, 2)).cropping == (1, 2)
assert layers.RepeatVector(5).n == 5
assert layers.Reshape([2, 3]).target_shape == (2, 3)
assert layers.Permute((2, 1)).dims == (2, 1)
assert layers.LeakyReLU(negative_slope=0.3).negative_slope == 0.3
heads = layers.MultiHeadAttention(2, 8)
assert (heads.num_heads, heads.key_dim, heads.value_dim) == (2, 8, 8)
assert layers.Dot(axes=1, normalize=True).normalize
assert layers.Concatenate(axis=1).axis == 1

# Layers inside of others.
distributed = layers.TimeDistributed(dense)
assert distributed.layer is dense
both = layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum")
assert both.forward_layer.units == both.backward_layer.units == 3
assert both.backward_layer.go_backwards and not both.forward_layer.go_backwards
assert both.merge_mode == "sum" and both.return_sequences

# The tensors of its call.
assert lstm.input is x and lstm.output is h
assert dense.input is h and dense.output is y
assert dense.output.shape == (None, 10, 4)
states = layers.LSTM(3, return_state=True)
states(x)
assert [each.shape for each in states.output] == [(None, 3)] * 3
joined = layers.Concatenate()
joined([h, y])
assert len(joined.input) == 2 and joined.input[1] is y
assert not hasattr(layers.Dense(2), "output")

# Models.
model = keras.Model(x, y)
assert model.input_shape == (None, 10, 8) and model.output_shape == (None, 10, 4)
assert model.output_names == ["dense"]
assert model.layers[-2] is lstm and model.layers[-2].output is h
assert model.layers[0].output is x and model.layers[0].batch_shape == (None, 10, 8)
assert model.get_layer("steps").output is h
features = keras.Model(model.input, model.get_layer("steps").output)
assert features.output_shape == (None, 10, 5)
several = keras.Model(model.inputs, [h, y])
assert several.output_shape == [(None, 10, 5), (None, 10, 4)]
assert model.count_params() == lstm.count_params() + dense.count_params() == 280 + 24
assert [w.path for w in dense.weights] == ["dense/kernel", "dense/bias"]
assert len(model.trainable_weights) == 5
assert dense.kernel.shape == (5, 4)

# Sequential models connect their layers again whenever one is added.
stack = keras.Sequential(name="stack")
stack.add(keras.Input((6,)))
for units in (5, 4, 3):
    stack.add(layers.Dense(units))
assert stack.output_shape == (None, 3)
assert keras.Model(stack.inputs, stack.layers[-2].output).output_shape == (None, 4)

# Configurations.
config = lstm.get_config()
assert (config["name"], config["units"], config["return_sequences"]) == ("steps", 5, True)
again = layers.LSTM.from_config(config)
assert again.name == "steps" and again.units == 5 and again is not lstm
assert type(lstm).__name__ == lstm.__class__.__name__ == "LSTM"
assert type(lstm) is layers.LSTM and (5).__class__ is int
assert layers.Dense(3).compute_output_shape((None, 7, 2)) == (None, 7, 3)


class Scaled(layers.Dense):
    def __init__(self, units, scale=2.0, **kwargs):
        super().__init__(units, **kwargs)
        self.scale = scale

    def call(self, inputs):
        return super().call(inputs) * self.scale

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


scaled = Scaled(3, scale=0.5, activation="relu")
z = scaled(x)
assert scaled.output is z and scaled.units == 3
assert scaled.activation is keras.activations.relu
assert Scaled.from_config(scaled.get_config()).scale == 0.5
