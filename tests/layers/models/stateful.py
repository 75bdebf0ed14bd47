# Recurrent layers that go on where the batch before has ended, in both directions, one of them
# called twice and one with a start of its own.
import keras
from keras.layers import (GRU, LSTM, RNN, Bidirectional, Concatenate, Dense, Input, LSTMCell,
                          SimpleRNN, StackedRNNCells, GRUCell)

x = Input(batch_shape=(3, None, 4), name="x")
start = Input(batch_shape=(3, 5), name="start")
steps = LSTM(5, return_sequences=True, stateful=True)(x)
shared = GRU(4, return_sequences=True, stateful=True, reset_after=False)
twice = shared(shared(x))
last, h, c = LSTM(5, stateful=True, return_state=True, go_backwards=True)(steps)
parts = [
    last,
    c,
    GRU(6, stateful=True)(steps),
    SimpleRNN(3, stateful=True, activation="relu")(twice),
    LSTM(5, stateful=True)(x, initial_state=[start, h]),
    RNN(LSTMCell(3), stateful=True)(twice),
    RNN(StackedRNNCells([GRUCell(3), LSTMCell(4)]), stateful=True)(x),
    Bidirectional(LSTM(4, stateful=True), merge_mode="sum")(twice),
    LSTM(3, stateful=True, activation=lambda v: v / (1 + keras.ops.abs(v)))(x),
]
model = keras.Model([x, start], [Dense(2, name="out")(Concatenate()(parts)), steps])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss=["mse", "mse"])
for layer in model.layers:
    if getattr(layer, "stateful", False) and layer.name != "rnn_1":
        layer.reset_states()
