# Nothing tells which is meant: the last one.
import keras
from keras import layers

inputs = keras.Input((4,))
second = keras.Model(inputs, layers.Dense(3)(inputs))
first = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
