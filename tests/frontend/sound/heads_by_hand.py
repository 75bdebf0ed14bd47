"""Self-attention with several heads of layers and operators, with a mask of numpy."""
import numpy as np
import keras
from keras import layers, ops

STEPS, FEATURES, HEADS = 16, 24, 3
x = keras.Input((STEPS, FEATURES))


def split_heads(t):
    return layers.Permute((2, 1, 3))(layers.Reshape((STEPS, HEADS, FEATURES // HEADS))(t))


q, k, v = (split_heads(layers.Dense(FEATURES, use_bias=False, name=n)(x)) for n in "qkv")
scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / np.sqrt(FEATURES // HEADS)
mask = np.triu(np.full((STEPS, STEPS), -1e9), k=1)
weights = ops.softmax(scores + mask[None, None], axis=-1)
joined = layers.Permute((2, 1, 3))(ops.matmul(weights, v))
joined = layers.Dense(FEATURES)(layers.Reshape((STEPS, FEATURES))(joined))
assert joined.shape == (None, STEPS, FEATURES)
y = layers.LayerNormalization()(layers.Add()([x, joined]))
model = keras.Model(x, layers.Dense(1)(y[:, -1]))
model.compile("adam", "mse")
