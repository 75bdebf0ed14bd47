# The attention recipe with the mistakes that tutorials carry, assembled into one file. Found in one run, with the mends
# that there are one of; tests/cli mends the rest and trains it.
from keras import backend as K
from keras.layers import Activation, Concatenate, Dense, Dot, Input, Lambda, LSTM
from keras.models import Model

max_sequence_length = 10
input_dim = 8
lstm_hidden_size = 64

lstm_input = Input(shape=(max_sequence_length, input_dim))
lstm_output = LSTM(lstm_hidden_size, return_sequences=True)(lstm_input)
lstm_hidden_states = lstm_output


query = Dense(lstm_hidden_size, activation='tanh')(lstm_hidden_states)
attention_weights = Dot(axes=(2, 1))([query, lstm_hidden_states])
attention_weights = Activation('softmax')(attention_weights)
attention_output = Lambda(lambda x: K.sum(x, axis=1))(Dot(axes=(2, 1))([attention_weights, lstm_hidden_states]))

lstm_output = Concatenate(axis=-1)([lstm_output, attention_output])
prediction = Dense(1)(lstm_output)
model = Model(inputs=lstm_input, outputs=prediction)
model.compile(optimizer='adam', loss='mse')
