# A decoder unrolled in the file: each step asks the encoder with its state.
import keras
from keras import layers, ops

Tx, Ty, n = 14, 4, 32
X = keras.Input((Tx, 11))
s0, c0 = keras.Input((n,), name="s0"), keras.Input((n,), name="c0")
a = layers.LSTM(n, return_sequences=True)(X)
repeat, join = layers.RepeatVector(Tx), layers.Concatenate(axis=-1)
hidden, energy = layers.Dense(10, activation="tanh"), layers.Dense(1, activation="relu")
share, dot = layers.Softmax(axis=1), layers.Dot(axes=1)
cell, answer = layers.LSTM(n, return_state=True), layers.Dense(11, activation="softmax")


def one_step_attention(a, s):
    e = energy(hidden(join([a, repeat(s)])))
    return dot([share(e), a])


s, c, outputs = s0, c0, []
for t in range(Ty):
    context = one_step_attention(a, s)
    s, _, c = cell(context, initial_state=[s, c])
    outputs.append(answer(s))
model = keras.Model(inputs=[X, s0, c0], outputs=outputs)
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.Adam(0.005))
