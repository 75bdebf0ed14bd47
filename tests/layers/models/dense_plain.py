# A plain perceptron: rank two all the way, no recurrence and no time axis.
import keras
from keras.layers import Activation, Dense, Input

x = Input(shape=(20,))
h = Dense(33, activation="relu")(x)
h = Activation("sigmoid")(Dense(5)(h))
model = keras.Model(x, Dense(4)(h))
model.compile(
    optimizer="sgd",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
