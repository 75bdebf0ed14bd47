# Scaled dot-product self-attention with operators, two heads, a residual path.
import math
import keras
from keras import layers, ops


def split(t, heads, depth):
    t = ops.reshape(t, (-1, 24, heads, depth))
    return ops.transpose(t, (0, 2, 1, 3))


def attention(x, heads, depth):
    q, k, v = [split(layers.Dense(heads * depth)(x), heads, depth) for _ in range(3)]
    scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / math.sqrt(depth)
    weights = ops.softmax(scores, axis=-1)
    joined = ops.transpose(ops.matmul(weights, v), (0, 2, 1, 3))
    return layers.Dense(24)(ops.reshape(joined, (-1, 24, heads * depth)))


inputs = keras.Input((24, 24))
x = inputs
for _ in range(2):
    x = x + attention(x, heads=2, depth=12)
    x = x + layers.Dense(24)(layers.Dense(48, activation="gelu")(x))
pooled = ops.mean(x, axis=1)
model = keras.Model(inputs, layers.Dense(5, activation="softmax")(pooled))
model.compile("adam", "sparse_categorical_crossentropy")
