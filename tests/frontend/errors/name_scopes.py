import keras
import numpy as np
from keras import backend as K
from keras import layers

x = keras.Input((3,))
with keras.name_scope("a/b"):
    y = layers.Dense(4)(x)
with keras.name_scope(None):
    y = layers.Dense(4)(y)
with keras.name_scope(np.load("name.npy")):
    y = layers.Dense(4)(y)
with K.name_scope("scope"):
    y = layers.Dense(4)(y)
with layers:
    y = layers.Dense("4")(y)
model = keras.Model(x, y)
