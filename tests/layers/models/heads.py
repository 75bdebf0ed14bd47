# Attention in several heads, written out with keras.ops; reductions and roots.
import keras
from keras import layers, ops


def attend(query, value, scale=1.0):
    scores = ops.matmul(query, ops.transpose(value, (0, 2, 1))) * scale
    shifted = ops.exp(scores - ops.max(scores, axis=-1, keepdims=True))
    return (shifted / ops.sum(shifted, axis=-1, keepdims=True)) @ value


x = layers.Input((None, 6))
heads = [attend(layers.Dense(7)(x), layers.Dense(7)(x), scale=7**-0.5) for _ in range(2)]
joined = layers.Concatenate()(heads)
energy = ops.mean(ops.square(joined), axis=1) ** 0.5
lowest = ops.log(1.0 + ops.abs(ops.min(joined, axis=1)))
model = keras.Model(x, layers.Dense(3)(energy + lowest))
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss="mse")
