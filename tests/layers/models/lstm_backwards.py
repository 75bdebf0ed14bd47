# Both directions by hand: backwards from the states of the way there, with and without every step.
import keras
from keras import ops
from keras.layers import LSTM, Concatenate, Dense, Input, Subtract

x = Input((None, 3))
there, h, c = LSTM(4, return_sequences=True, return_state=True)(x)
back = LSTM(4, return_sequences=True, go_backwards=True)(x, initial_state=[h, c])
both = Concatenate()([there, ops.flip(back, axis=1)])
last = LSTM(5, go_backwards=True, use_bias=False)(Subtract()([there, back]))
output, *state = LSTM(5, go_backwards=True, return_state=True)(both)
model = keras.Model(x, Dense(2)(Concatenate()([last, output, *state])))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
