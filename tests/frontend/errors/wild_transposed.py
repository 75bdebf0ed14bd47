# Channels first by a Reshape.
from keras.layers import GRU, Dense, Input, Reshape
from keras.models import Model

signal = Input(shape=(8, 128))
steps = Reshape((128, 8))(signal)
model = Model(signal, Dense(4, activation="softmax")(GRU(32)(steps)))
model.compile("adam", "categorical_crossentropy")
