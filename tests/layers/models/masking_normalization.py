# Statistics of a batch without the steps that a mask leaves out.
import keras
from keras import layers

short = keras.Input((None, 2), name="short")
x = keras.Input((None, 3), name="x")
y = layers.BatchNormalization()(layers.Masking()(x))
y = layers.GRU(3)(y)
y = layers.Concatenate()([y, layers.GRU(2)(short)])
model = keras.Model([short, x], layers.Dense(2)(y))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
