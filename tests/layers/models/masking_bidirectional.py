# Masks from both ends, in several merge modes, and through what is done at each step.
import keras
from keras.layers import GRU, LSTM, Bidirectional, Concatenate, Dense, Input, Masking
from keras.layers import SimpleRNN, TimeDistributed

x = Input((None, 3), name="x")
masked = Masking()(x)
both = Bidirectional(LSTM(3, return_sequences=True))(masked)
both = TimeDistributed(Dense(4, activation="tanh"))(both)
forward, backward = Bidirectional(GRU(3, return_sequences=True), merge_mode=None)(both)
total, *states = Bidirectional(
    SimpleRNN(3, return_sequences=True, return_state=True), merge_mode="ave"
)(forward)
last = Bidirectional(LSTM(3), merge_mode="mul")(total)
own = Bidirectional(GRU(2), backward_layer=GRU(2, go_backwards=True))(backward)

outputs = Dense(2)(Concatenate()([last, own] + states))
model = keras.Model(x, [outputs, Dense(1)(total)])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
