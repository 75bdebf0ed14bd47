# An attention recipe as it is commonly posted, with its mistakes.
from keras import backend as K
from keras.layers import Activation, Concatenate, Dense, Dot, Input, Lambda, LSTM
from keras.models import Model

lstm_input = Input(shape=(10, 8))
lstm_output = LSTM(64, return_sequences=True)(lstm_input)
query = Dense(64, activation='tanh')(lstm_output)
weights = Activation('softmax')(Dot(axes=(2, 1))([query, lstm_output]))
context = Lambda(lambda x: K.sum(x, axis=1))(Dot(axes=(2, 1))([weights, lstm_output]))
joined = Concatenate(axis=-1)([lstm_output, context])
model = Model(inputs=lstm_input, outputs=Dense(1)(joined))
model.compile(optimizer='adam', loss='mse')
