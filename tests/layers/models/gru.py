# GRUs over sequences of any length: stacked, from given states and backwards, without bias.
import keras
from keras.layers import GRU, Concatenate, Dense, Input

x = Input((None, 3))
there, h = GRU(5, return_sequences=True, return_state=True)(x)
back = GRU(5, return_sequences=True, go_backwards=True)(there, initial_state=h)
last, state = GRU(9, return_state=True)(back)
plain = GRU(2, use_bias=False, go_backwards=True)(x)
model = keras.Model(x, Dense(2)(Concatenate()([last, state, plain, h])))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
