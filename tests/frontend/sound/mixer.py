# Dense layers along time and along features in turn, both of sixteen.
import keras
from keras import layers


def mix(x, steps, hidden):
    y = layers.Permute((2, 1))(x)
    y = layers.Dense(hidden, activation="gelu")(y)
    y = layers.Dense(steps)(y)
    y = layers.Permute((2, 1))(y)
    x = layers.Add()([x, y])
    z = layers.Dense(hidden, activation="gelu")(x)
    return layers.Add()([x, layers.Dense(16)(z)])


inputs = keras.Input((16, 16))
x = mix(mix(inputs, 16, 32), 16, 32)
model = keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
