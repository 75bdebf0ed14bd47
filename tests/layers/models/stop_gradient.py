# What is taken for a constant: in a product, in a loop, before what a loss compares.
import keras
from keras import ops
from keras.layers import LSTM, Dense, Input, Layer


class Anchored(Layer):
    def build(self, shape):
        self.anchor = self.add_weight(shape=(shape[-1],), name="anchor")

    def call(self, x):
        def step(state, now):
            return ops.tanh(now + 0.5 * ops.stop_gradient(state) * self.anchor), state

        last, before = ops.scan(step, ops.zeros_like(x[:, 0]), ops.transpose(x, (1, 0, 2)))
        self.add_loss(ops.mean(ops.square(x[:, -1] - ops.stop_gradient(last)), axis=0)[0])
        return last + ops.sum(before, axis=0)


x = Input((6, 3))
h = LSTM(4, return_sequences=True)(x)
y = Anchored()(h)
# Forward the rounded number, backward that of what is rounded.
straight = h + ops.stop_gradient(ops.round(2 * h) / 2 - h)
frozen = ops.stop_gradient(Dense(4, name="frozen")(h))
model = keras.Model(x, Dense(2)(y + ops.mean(straight * h, axis=1) + ops.mean(frozen * h, axis=1)))
model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
