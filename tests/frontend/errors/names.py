import keras
from keras import layers, lairs
from keras.layers import Dence
import keras.layres

units = 64
hidden = layers.Dense(unit)
again = unit + 1
layers.LSMT(3)
keras.ops.sums
"abc".uper()
[].push(1)


def width():
    size = size + 1
    return size


width()
import numpy as np

print(f"{units}" + np.array([1]))
