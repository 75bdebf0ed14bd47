# GRUs of 2014: the state is reset in front of its product with the weights.
import keras
from keras.layers import GRU, Concatenate, Dense, Input

x = Input((None, 3))
there, h = GRU(5, reset_after=False, return_sequences=True, return_state=True)(x)
back = GRU(5, reset_after=False, go_backwards=True)(there, initial_state=[h])
plain = GRU(4, reset_after=False, use_bias=False, recurrent_activation="hard_sigmoid")(x)
model = keras.Model(x, Dense(2)(Concatenate()([back, plain])))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
