import keras
from keras import ops
from keras.layers import LSTM, RNN, Dense, Input, Layer, TimeDistributed

free = Input((5, 3), name="free")
LSTM(2, stateful=True)(free)
fixed = Input((5, 3), batch_size=4, name="fixed")
other = Input((5, 3), batch_size=2, name="other")
shared = LSTM(2, stateful=True)
shared(fixed)
shared(other)
TimeDistributed(LSTM(2, stateful=True))(Input(batch_shape=(2, 3, 4, 5)))


class Cell(Layer):
    def __init__(self):
        super().__init__()
        self.state_size = 3

    def get_initial_state(self, batch_size=None):
        return ops.ones((batch_size, 3))

    def call(self, inputs, states):
        return inputs, [inputs]


RNN(Cell(), stateful=True)(fixed)
model = keras.Sequential()
model.add(LSTM(2, batch_input_shape=(1, 10, 1), stateful=True))
model.add(Dense(1, batch_size=4))
model.reset_states()
model.layers[0].reset_states()
again = keras.Sequential([LSTM(2, input_shape=(10, 1), batch_size=4, stateful=True)])
again.reset_state()
