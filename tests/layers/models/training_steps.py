# Steps that are something else in training: cells of the file that ask whether they are trained. What
# depends on chance has a rate at which it changes nothing.
import keras
from keras import layers, ops


class Gated(layers.Layer):
    """Keeps more of its state in training, and drops at a rate of zero."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
        self.state_size = units
        self.output_size = units
        self.mix = layers.Dense(units)
        self.drop = layers.Dropout(0.0)

    def call(self, inputs, states, training=None):
        (before,) = states
        x = self.drop(inputs, training=training)
        now = ops.tanh(self.mix(ops.concatenate([x, before], axis=-1)))
        if training:
            now = now + 0.1 * before
        return self.drop(now), [now]


@keras.saving.register_keras_serializable()
class Zoneout(layers.LSTMCell):
    """Expected values of zoneout in use, the state itself in training."""

    def call(self, inputs, states, training=False):
        output, (h, c) = super().call(inputs, states)
        rate = 0.0 if training else 0.2
        h = (1.0 - rate) * h + rate * states[0]
        return h, [h, c]


class Steps(layers.Layer):
    """A loop of its own over the steps."""

    def call(self, x, training=None):
        def step(before, now):
            now = 0.5 * before + now
            if training:
                now = now * 0.9
            return now, now

        first = ops.zeros_like(x[:, 0])
        _, all_steps = ops.scan(step, first, ops.transpose(x, (1, 0, 2)))
        return ops.transpose(all_steps, (1, 0, 2))


x = layers.Input((5, 3))
masked = layers.Masking()(x)
h = layers.RNN(Gated(4), return_sequences=True)(masked)
h = layers.Bidirectional(layers.RNN(Zoneout(3), return_sequences=True))(h)
h = layers.BatchNormalization()(Steps()(h))
model = keras.Model(x, layers.Dense(2)(layers.GlobalMaxPooling1D()(h)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
