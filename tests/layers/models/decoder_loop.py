# A decoder with attention that a loop of the file calls step by step: one output for each step.
import keras
from keras.layers import (LSTM, Activation, Bidirectional, Concatenate, Dense, Dot, Input,
                          RepeatVector, Softmax)

LENGTH, STEPS, UNITS = 6, 10, 4
repeat = RepeatVector(LENGTH)
join = Concatenate(axis=-1)
hidden = Dense(5, activation="tanh")
energy = Dense(1, activation="relu")
weigh = Softmax(axis=1)
context_of = Dot(axes=1)
decoder = LSTM(UNITS, return_state=True)
letter = Dense(5, activation="softmax")


def attend(a, s):
    alphas = weigh(energy(hidden(join([a, repeat(s)]))))
    return context_of([alphas, a])


x = Input((LENGTH, 3), name="x")
s0 = Input((UNITS,), name="s0")
c0 = Input((UNITS,), name="c0")
a = Bidirectional(LSTM(3, return_sequences=True))(x)
s, c = s0, c0
outputs = []
for t in range(STEPS):
    _, s, c = decoder(attend(a, s), initial_state=[s, c])
    outputs.append(Activation("linear", name=f"letter_{t}")(letter(s)))
model = keras.Model([x, s0, c0], outputs)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy")
