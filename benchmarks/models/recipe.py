"""The model that the benchmarks measure: an LSTM with attention, in three sizes.

Every step of the sequence asks the whole sequence (query, scores, weights), the
answers of all steps are added up, and the sum decides together with the last
state. Batch and time stay open.

    rondo compile recipe.py --model medium -o medium.so
"""

import keras
from keras.layers import LSTM, Activation, Concatenate, Dense, Dot, Input, Lambda


def recipe(features, units):
    x = Input(shape=(None, features), name="x")
    h = LSTM(units, return_sequences=True, name="lstm")(x)
    query = Dense(units, activation="tanh", name="query")(h)
    scores = Dot(axes=(2, 2), name="scores")([query, h])
    weights = Activation("softmax", name="weights")(scores)
    contexts = Dot(axes=(2, 1), name="contexts")([weights, h])
    context = Lambda(lambda t: keras.ops.sum(t, axis=1), name="context")(contexts)
    joined = Concatenate(axis=-1, name="joined")([context, h[:, -1, :]])
    model = keras.Model(x, Dense(1, name="prediction")(joined), name="recipe")
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.001), loss="mse")
    return model


small = recipe(features=8, units=64)
medium = recipe(features=64, units=128)
large = recipe(features=128, units=256)

# What is compiled when no size is named.
model = small
