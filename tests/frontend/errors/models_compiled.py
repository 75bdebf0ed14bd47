# The compiled model is meant, whatever the others are called and wherever they are.
import keras
from keras import layers

inputs = keras.Input((4, 3))
encoded = layers.LSTM(5, return_sequences=True)(inputs)
decoded = layers.Dense(2)(encoded)
decoder = keras.Model(inputs, decoded)
encoder = keras.Model(inputs, encoded)
transformer = keras.Model(inputs, [decoded, encoded])
transformer.compile("adam", ["mse", "mse"])
unrelated = keras.Model(inputs, layers.Flatten()(inputs))
