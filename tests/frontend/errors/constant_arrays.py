# Constants that are no numbers.
import keras
import numpy as np
from keras import layers

x = keras.Input((3,))
constant = keras.initializers.Constant
layers.Dense(2, kernel_initializer=constant(np.ones((3, 2))))(x)
layers.Dense(2, bias_initializer=constant([1, 2]))(x)
layers.Dense(2, bias_initializer=constant("3"))(x)
layers.Dense(2, kernel_initializer=np.ones((3, 2)))(x)
model = keras.Model(x, x)
