# A decoder that starts from the states of an encoder; two lengths; a label for every step.
import keras
from keras import layers

source = keras.Input((None, 4), name="source")
target = keras.Input((None, 3), name="target")
_, hidden, cell = layers.LSTM(9, return_state=True, name="encoder")(source)
decoded = layers.LSTM(9, return_sequences=True, name="decoder")(
    target, initial_state=[hidden, cell]
)
tokens = layers.Dense(5, activation="softmax", name="token")(decoded)
model = keras.Model([source, target], tokens)
model.compile(
    optimizer=keras.optimizers.SGD(0.3),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
