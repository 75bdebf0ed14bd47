# The third of the layers meets a vector.
import keras
from keras import layers

x = inputs = keras.Input((20, 8))
for i, (units, sequences) in enumerate([(32, True), (16, False), (8, False)]):
    x = layers.LSTM(units, return_sequences=sequences, name=f"lstm_{i}")(x)
model = keras.Model(inputs, layers.Dense(1)(x))
