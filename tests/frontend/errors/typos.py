# Misspelled names of layers, arguments and functions.
import keras
from keras import layers
x = keras.Input(shape=(10, 8))
h = layers.LSMT(64)(x)
h = layers.lstm(64)(x)
h = layers.Lstm(64)(x)
h = layers.LSTM(unit=64)(x)
h = layers.LSTM(64, retrun_sequences=True)(x)
h = layers.Dense(64, activaton="relu")(x)
h = layers.Dense(64, activation="Relu")(x)
h = layers.Dense(64, activation="sigmod")(x)
h = layers.Dense(64, kernel_initializer="he_norml")(x)
h = layers.Concatenate(axes=-1)([x, x])
h = layers.Dot(axis=1)([x, x])
n = x.shpe
n = x.get_shape()
n = h.units
model = keras.Modle(x, h)
model = keras.models.Sequentail()
m2 = keras.Sequential()
m2.ad(layers.Dense(1))
