# A univariate series given as a vector, read as steps; windows by slices.
import keras
from keras import layers

x = keras.Input(shape=(24,))
steps = layers.Reshape((24, 1))(x)
h = layers.LSTM(24, return_sequences=True)(steps)
recent, earlier = h[:, -6:, :], h[:, :-6, :]
summary = layers.Concatenate()([layers.LSTM(12)(recent), layers.LSTM(12)(earlier), h[:, -1]])
days = layers.Reshape((6, 4))(x)
summary = layers.Concatenate()([summary, layers.LSTM(4)(days)])
model = keras.Model(x, layers.Dense(1)(summary))
model.compile(optimizer="adam", loss="mae")
