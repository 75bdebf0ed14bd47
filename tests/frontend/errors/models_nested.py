# None is compiled: the one that no other uses, though it is not the last.
import keras
from keras import layers

cell_inputs = keras.Input((4, 3))
block = keras.Model(cell_inputs, layers.Dense(3)(cell_inputs))
inputs = keras.Input((4, 3))
autoencoder = keras.Model(inputs, block(block(inputs)))
