# Cropping, padding and repetition of steps, at known and at unknown lengths.
import keras
from keras import layers

x = keras.Input(shape=(7, 3), name="x")
free = keras.Input(shape=(None, 3), name="free")
cropped = layers.Cropping1D((2, 1))(x)  # (4, 3)
same = layers.Cropping1D(0)(cropped)
padded = layers.ZeroPadding1D((1, 3))(same)  # (8, 3)
turned = layers.ZeroPadding1D(2, data_format="channels_first")(padded)  # (8, 7)
repeated = layers.UpSampling1D(3)(turned)  # (24, 7)
longer = layers.UpSampling1D()(layers.Cropping1D((1, 0))(layers.ZeroPadding1D()(free)))
joined = layers.Concatenate()([layers.Flatten()(repeated), layers.GlobalMaxPooling1D()(longer)])
model = keras.Model([x, free], layers.Dense(2)(joined))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
