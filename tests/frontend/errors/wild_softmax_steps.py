# Attention weights from one unit with a softmax of its own: all of them are 1.
from keras import backend as K
from keras.layers import LSTM, Dense, Input, Lambda, multiply
from keras.models import Model

inputs = Input(shape=(30, 10))
lstm = LSTM(32, return_sequences=True)(inputs)
weights = Dense(1, activation='softmax', name='attention_weights')(lstm)
context = multiply([lstm, weights])
context = Lambda(lambda x: K.sum(x, axis=1))(context)
model = Model(inputs, Dense(1, activation='sigmoid')(context))
model.compile(optimizer='adam', loss='binary_crossentropy')
