"""Who is speaking? An LSTM with attention that tells nine speakers apart.

The data (examples/data, see the attribution there) are utterances of the
Japanese vowels /ae/: up to 29 time steps of 12 LPC cepstrum coefficients each,
padded with zeros at the end.

This one file serves both sides:

    rondo check   examples/vowels.py                     # is the model sound?
    rondo compile examples/vowels.py -o vowels.so        # forward pass, gradients, training step
    rondo train   examples/vowels.py --data examples/data/japanese_vowels_train.npz --out vowels.npz
    python        examples/vowels.py                     # the same, under Keras 3

How the model works, with B utterances, T = 29 steps, H = 64 units:

    h        (B, T, H)   what the LSTM knows after each step
    query    (B, T, H)   what each step asks for
    scores   (B, T, T)   scores[b, i, j]: how well step j answers step i
    weights  (B, T, T)   the same, each row summing to one
    contexts (B, T, H)   for each step, the mixture of states that it attends to
    context  (B, H)      all steps together
"""

import keras
from keras import ops
from keras.layers import LSTM, Activation, Concatenate, Dense, Dot, Input, Lambda

TIME_STEPS = 29
COEFFICIENTS = 12
SPEAKERS = 9
UNITS = 64

x = Input(shape=(TIME_STEPS, COEFFICIENTS), name="x")
h = LSTM(UNITS, return_sequences=True)(x)

# Every step compares its query with every state. axes=(2, 2) contracts the
# features of both; (2, 1) would contract features with time steps.
query = Dense(UNITS, activation="tanh", name="query")(h)
scores = Dot(axes=(2, 2), name="scores")([query, h])
weights = Activation("softmax", name="weights")(scores)

# The weighted sum of the states: here the second axis of `weights` that
# runs over the steps attended to meets the time axis of h.
contexts = Dot(axes=(2, 1), name="contexts")([weights, h])
# All utterances have as many steps, so their sum is the mean on another scale, from which
# this model learns faster; `rondo check` warns of sums that grow with the steps.
context = Lambda(lambda t: ops.sum(t, axis=1), name="context")(contexts)

# The context and the last state, side by side, decide.
features = Concatenate(axis=-1, name="features")([context, h[:, -1, :]])
speaker = Dense(SPEAKERS, activation="softmax", name="speaker")(features)

model = keras.Model(inputs=x, outputs=speaker, name="vowels")
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.001),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

if __name__ == "__main__":
    from pathlib import Path

    import numpy as np

    data = Path(__file__).parent / "data"
    train = np.load(data / "japanese_vowels_train.npz")
    test = np.load(data / "japanese_vowels_test.npz")

    model.summary()
    model.fit(train["x"], train["y"], epochs=40, batch_size=32)
    loss, accuracy = model.evaluate(test["x"], test["y"], verbose=0)
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.1%}")
