# Lambda with closures, defaults, helpers and slices; a layer used twice; names that repeat a counter.
import keras
from keras import ops
from keras.layers import LSTM, Concatenate, Dense, Input, Lambda


def pool(axis, keep=False):
    def apply(t):
        return ops.sum(t, axis=axis, keepdims=keep)

    return apply


def halves(t, width=4):
    left, right = t[:, :, :width], t[..., width:]
    return left * ops.tanh(right)


x = Input(shape=(None, 5))
h = LSTM(8, return_sequences=True)(x)
gated = Lambda(halves)(h)
shared = Dense(4, activation="tanh", name="shared")
twice = shared(shared(gated))
first = Lambda(lambda t: t[:, 0, :])(twice)
last = Lambda(lambda t: t[:, -1])(gated)
summed = Lambda(pool(1))(twice)
mean = Lambda(lambda t: ops.mean(t, axis=[1, 2], keepdims=True)[:, 0])(gated * 2.0)
spread = Lambda(lambda p: p[0] - p[1] / (1.0 + ops.exp(p[0])))([first, last])
column = Lambda(lambda t, scale=0.5: scale * ops.sum(t, axis=-1, keepdims=True))(spread)
joined = Concatenate(axis=1)([first, last, summed, mean, spread, column])
model = keras.Model(x, Dense(2)(joined))
model.compile(optimizer="sgd", loss="mse")
