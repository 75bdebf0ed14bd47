# TimeDistributed of models and of a layer of the file.
import keras
from keras import layers


@keras.saving.register_keras_serializable()
class Gate(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = layers.Dense(units, activation="sigmoid")

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
        self.inner.build(input_shape)
        super().build(input_shape)

    def call(self, inputs):
        return self.inner(inputs * self.scale)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


x = keras.Input((4, 5, 3), name="x")
sentence = keras.Sequential([layers.Dense(4, activation="tanh"), layers.LSTM(3)], name="sentence")
step = keras.Input((5, 3), name="step")
both = layers.Concatenate()([layers.GRU(2)(step), layers.Dense(3)(layers.Flatten()(step))])
encoder = keras.Model(step, both, name="encoder")
built = keras.Sequential([keras.Input((5, 3)), layers.Flatten(), layers.Dense(2)], name="built")
merged = layers.Concatenate()(
    [
        layers.TimeDistributed(sentence)(x),
        layers.TimeDistributed(encoder, name="encoders")(x),
        layers.TimeDistributed(built)(x),
    ]
)
gated = layers.TimeDistributed(Gate(6))(merged)
model = keras.Model(x, layers.Dense(1, name="out")(layers.LSTM(4)(gated)))
model.compile(optimizer="adam", loss="mse")
