# Shapes computed from sizes that are known when the model runs: attention with two heads, means, ends.
import keras
from keras import layers, ops

HEADS, WIDTH = 2, 3


def split_heads(x):
    batch, steps = ops.shape(x)[0], ops.shape(x)[1]
    return ops.transpose(ops.reshape(x, (batch, steps, HEADS, WIDTH)), (0, 2, 1, 3))


def join_heads(x):
    shape = ops.shape(x)
    return ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (-1, shape[2], shape[1] * shape[3]))


def mean_and_ends(x):
    steps = ops.shape(x)[1]
    mean = ops.sum(x, axis=1) / ops.cast(steps, x.dtype)
    ends = x[:, steps - 1] - ops.max(x[:, : steps + 0], axis=1)
    spread = x * ops.repeat(ops.expand_dims(mean, 1), steps, axis=1)
    return ops.concatenate([mean, ends * ops.cast(steps, x.dtype), ops.sum(spread, axis=1)], -1)


def mix(x):
    batch, steps, features = ops.shape(x)
    rows = ops.reshape(x, (batch * steps, features))
    return ops.reshape(ops.tanh(rows), (batch * steps // steps, -1, features))


x = keras.Input((None, 4), name="x")
hidden = layers.LSTM(HEADS * WIDTH, return_sequences=True)(x)
queries, keys = [
    layers.Lambda(split_heads)(layers.Dense(HEADS * WIDTH, use_bias=False)(hidden))
    for _ in range(2)
]
scores = ops.softmax(ops.matmul(queries, ops.transpose(keys, (0, 1, 3, 2))))
attended = layers.Lambda(join_heads)(ops.matmul(scores, layers.Lambda(split_heads)(hidden)))
y = layers.Lambda(mean_and_ends)(layers.Lambda(mix)(attended))
model = keras.Model(x, layers.Dense(2)(y))
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
