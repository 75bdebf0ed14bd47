# Names of packages and modules with a slip in them, and what other packages have.
import Keras
import tensroflow as tf
from keras.layer import Dense
from tensorflow.kears import layers
import numpy as np
import tensorflow

a = np.zero(3)
b = tensorflow.reduce_mea(3)
strategy = tensorflow.distribute.MirroredStrategy()
with strategy.scope():
    import keras

    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense("4")(x))
