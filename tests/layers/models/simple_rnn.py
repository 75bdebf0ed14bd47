# SimpleRNNs over sequences of any length: stacked, from given states, backwards, without bias.
import keras
from keras.layers import Concatenate, Dense, Input, SimpleRNN

x = Input((None, 3))
there, h = SimpleRNN(5, return_sequences=True, return_state=True)(x)
back = SimpleRNN(5, return_sequences=True, go_backwards=True)(there, initial_state=[h])
last = SimpleRNN(17, activation="softsign")(back)
plain = SimpleRNN(2, use_bias=False, activation="sigmoid", go_backwards=True)(x)
model = keras.Model(x, Dense(2)(Concatenate()([last, plain, h])))
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
