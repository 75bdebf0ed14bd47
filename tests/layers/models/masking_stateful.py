# What stateful layers keep of sequences with masks is the state behind the last step that counts.
import keras
from keras.layers import GRU, LSTM, Bidirectional, Concatenate, Dense, Dropout, Input, Masking, SimpleRNN

x = Input(batch_shape=(5, None, 3), name="x")
masked = Masking()(x)
steps = LSTM(5, return_sequences=True, stateful=True)(masked)
parts = [
    GRU(4, stateful=True)(Dropout(0.25)(steps)),
    SimpleRNN(3, stateful=True, go_backwards=True)(masked),
    Bidirectional(GRU(3, stateful=True))(masked),
    LSTM(4, stateful=True, recurrent_dropout=0.3)(masked),
]
model = keras.Model(x, Dense(2)(Concatenate()(parts)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
