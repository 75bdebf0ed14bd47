# Outputs whose samples are not along the first axis, and joins along it.
import keras
from keras import layers, ops

x = keras.Input((4, 3), name="x")
y = keras.Input((4, 3), name="y")
turned = ops.transpose(x, (1, 0, 2))
stacked = ops.stack([layers.Flatten()(x), layers.Flatten()(y)])
ops.concatenate([x, y])
joined = ops.concatenate([turned, ops.transpose(y, (1, 0, 2))])
layers.Concatenate(axis=0)([x, y])
right = ops.transpose(stacked, (1, 0, 2))
model = keras.Model([x, y], [joined, stacked, right])
