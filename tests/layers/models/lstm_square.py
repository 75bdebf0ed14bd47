# As many steps as units, and as many features: nothing may tell the axes apart by size.
import keras
from keras import layers

n = 7
x = layers.Input((n, n))
last = layers.LSTM(n)(x)
model = keras.Model(x, layers.Dense(1)(last))
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9), loss="mse")
