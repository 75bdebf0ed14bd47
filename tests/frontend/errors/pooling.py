# Pooling, cropping and padding of time steps.
import keras
from keras.layers import *

x = keras.Input((50, 4))
GlobalAveragePooling1D(2)(x)
MaxPooling1D(pool=2)(x)
Cropping1D((30, 30))(x)
ZeroPadding1D("same")(x)
UpSampling1D(0)(x)
LSTM(8)(GlobalAveragePooling1D()(x))
GlobalMaxPooling1D()(LSTM(8)(x))
short = UpSampling1D(3)(MaxPooling1D(3)(x))
Subtract()([x, short])
