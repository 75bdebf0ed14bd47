# Means over the steps that count.
import keras
from keras.layers import GRU, Concatenate, Dense, GlobalAveragePooling1D, Input, Masking

x = Input((None, 3))
steps = GRU(4, return_sequences=True)(Masking()(x))
mean = GlobalAveragePooling1D()(steps)
kept = GlobalAveragePooling1D(keepdims=True)(Dense(3)(steps))
outputs = Dense(2)(Concatenate()([mean, kept[:, 0]]))
model = keras.Model(x, outputs)
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
