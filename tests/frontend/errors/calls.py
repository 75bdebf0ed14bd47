# A mistake in a function that another one calls in a loop.
import keras
from keras import layers


def block(x, units):
    h = layers.LSTM(units)(x)
    return layers.Dense(units)(h)


def network(x, depth):
    for i in range(depth):
        x = block(x, 8 * (i + 1))
    return x


inputs = keras.Input((10, 8))
outputs = network(inputs, 3)
model = keras.Model(inputs, outputs)
