# Every layer that draws random numbers while training, one after the other: what the model is
# used for is the same without them.
import keras
from keras import layers

x = keras.Input((None, 3))
y = layers.Dense(4)(layers.Dropout(0.3)(x))
y = layers.SpatialDropout1D(0.4)(y)
y = layers.LSTM(4, return_sequences=True)(layers.GaussianNoise(0.2)(y))
y = layers.AlphaDropout(0.25)(y)
y = layers.Dropout(0.5, noise_shape=(None, 1, 4))(y)
y = layers.GRU(3)(layers.GaussianDropout(0.1)(y))
model = keras.Model(x, layers.Dense(2)(layers.Dropout(0.0)(y)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
