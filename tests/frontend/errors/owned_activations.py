# Layers as activations where they cannot be parts, and shapes that a layer hands on.
import keras
from keras import layers

x = keras.Input((5, 3))
layers.LSTM(4, activation=layers.PReLU())(x)
layers.GRU(4, recurrent_activation=layers.Dense(4))(x)
layers.Dense(4, activation=layers.PReLU())(keras.Input((None, 3)))
layers.Dense(4, activation=layers.PReLU)(x)
slopes = layers.PReLU()
layers.Dense(4, activation=slopes)(x)
layers.Dense(6, activation=slopes)(x)
layers.Lambda(lambda t: layers.Activation(slopes)(t))(x)
shapes = [(None, 8, 3), (None, 8, 3)]
y = layers.Dense(4, input_shape=shapes)(x)
keras.Sequential([layers.Dense(4, input_shape=shapes), layers.Dense(2)])
model = keras.Model(x, y)
