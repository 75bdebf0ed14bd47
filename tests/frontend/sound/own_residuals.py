# Residual blocks that build their layers themselves, with shapes that they compute.
import keras
from keras import layers


class Block(layers.Layer):
    def __init__(self, filters, dilation, size=3, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.dilation, self.size = filters, dilation, size
        self.stack = []

    def build(self, input_shape):
        shape = input_shape
        for number in range(2):
            conv = layers.Conv1D(
                self.filters,
                self.size,
                padding="causal",
                dilation_rate=self.dilation,
                kernel_initializer="he_normal",
                name=f"conv_{number}",
            )
            for layer in (conv, layers.LayerNormalization(), layers.Activation("relu")):
                layer.build(shape)
                shape = layer.compute_output_shape(shape)
                self.stack.append(layer)
        if input_shape[-1] == self.filters:
            self.shortcut = layers.Identity()
        else:
            self.shortcut = layers.Conv1D(self.filters, 1, name="shortcut")
        self.shortcut.build(input_shape)
        assert shape[-1] == self.filters, shape
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = inputs
        for layer in self.stack:
            x = layer(x)
        return layers.add([x, self.shortcut(inputs)])


def reach(blocks):
    return 1 + sum(2 * (block.size - 1) * block.dilation for block in blocks)


x = h = keras.Input((None, 3))
blocks = [Block(16, 2**i, name=f"block_{i}") for i in range(4)]
for block in blocks:
    h = block(h)
assert reach(blocks) == 61
convs = [layer for layer in blocks[1].stack if isinstance(layer, layers.Conv1D)]
assert [conv.dilation_rate[0] * (conv.kernel_size[0] - 1) for conv in convs] == [4, 4]
model = keras.Model(x, layers.Dense(1)(h[:, -1]))
model.compile("adam", "mse")
