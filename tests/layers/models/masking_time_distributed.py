# Layers that look at masks, applied to each step: of sentences of words, each with steps that count,
# and of sequences, where the mask of a step says what samples count.
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable()
class Marking(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(units)

    def build(self, input_shape):
        self.inner.build(input_shape)
        super().build(input_shape)

    def call(self, inputs, mask=None):
        y = self.inner(inputs)
        return y if mask is None else ops.where(ops.expand_dims(mask, axis=-1), y, -1.0)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.inner.units)


@keras.saving.register_keras_serializable()
class Last(layers.LSTM):
    pass


x = keras.Input((5, 4, 3), name="x")
y = keras.Input((6, 3), name="y")
words = layers.Masking()(ops.where(x[:, :, :, :1] > -0.3, x, 0.0))
word = keras.Input((4, 3), name="word")
reader = keras.Model(word, layers.GRU(3)(layers.Dense(4, activation="tanh")(word)), name="reader")
both = layers.Bidirectional(layers.GRU(2, return_sequences=True))
outputs = [
    layers.TimeDistributed(layers.LSTM(3))(words),
    layers.TimeDistributed(both)(words),
    layers.TimeDistributed(Last(2))(words),
    layers.TimeDistributed(Marking(2))(words),
    layers.TimeDistributed(reader)(words),
    layers.TimeDistributed(layers.TimeDistributed(Marking(3)))(words),
]
marked = layers.TimeDistributed(Marking(4))(layers.Masking()(y))
last = layers.LSTM(2)(marked)
# Without their masks, which are none of steps.
model = keras.Model([x, y], [ops.tanh(output) for output in outputs] + [last])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
