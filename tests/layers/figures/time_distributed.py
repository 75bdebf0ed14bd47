# TimeDistributed as Keras' own tests set it up, without a mask and with one for the layer inside.
import keras
from keras import layers, ops
from keras.initializers import Constant


class Counted(layers.Layer):
    """Zeros for the samples that do not count."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1, kernel_initializer=Constant(0.01), use_bias=False)
        self.supports_masking = True

    def build(self, shape):
        self.dense.build(shape)

    def call(self, inputs, mask=None):
        return self.dense(inputs) * ops.expand_dims(ops.cast(mask, "float32"), -1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], 1)


x = keras.Input((2, 4), name="x")
counts = keras.Input((2,), dtype="int32", name="counts")
dense = layers.Dense(1, kernel_initializer=Constant(0.01), use_bias=False)
plain = keras.Model(x, {"steps": layers.TimeDistributed(dense)(x)})
masked = keras.Model(
    [x, counts], {"steps": layers.TimeDistributed(Counted())(x, mask=counts != 0)}
)
