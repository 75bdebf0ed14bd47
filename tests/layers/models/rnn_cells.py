# RNN along cells of Keras, alone and one above the other; states in and out.
import keras
from keras.layers import (
    RNN, Bidirectional, Dense, GRUCell, Input, LSTMCell, SimpleRNNCell, StackedRNNCells)

x = Input((None, 3), name="x")
h0 = Input((4,), name="h0")
c0 = Input((4,), name="c0")

plain = RNN(LSTMCell(4, unit_forget_bias=False, name="first"))(x)
steps, state = RNN(GRUCell(3, kernel_regularizer="l2"), return_sequences=True, return_state=True,
                   go_backwards=True)(x)
whole, h, c = RNN(LSTMCell(4, activation="relu"), return_state=True)(x, initial_state=[h0, c0])

stack = StackedRNNCells([LSTMCell(4), GRUCell(3, reset_after=False), SimpleRNNCell(2)])
top, lstm_state, gru_state, rnn_state = RNN(stack, return_sequences=True, return_state=True)(steps)
listed = RNN([SimpleRNNCell(2, activation="softmax"), LSTMCell(3)])(top)
both = Bidirectional(RNN(LSTMCell(2), return_sequences=True), merge_mode="sum")(x)
stacked_both = Bidirectional(RNN([GRUCell(2), GRUCell(3)]))(both)

joined = keras.layers.Concatenate()([plain, whole, h, c, listed, stacked_both, *lstm_state,
                                     gru_state, rnn_state])
model = keras.Model([x, h0, c0], [Dense(3, activation="tanh")(joined), top, state])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
