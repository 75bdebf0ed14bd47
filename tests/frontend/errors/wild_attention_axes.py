# Attention as in the translation tutorials, with the axes of the second Dot exchanged.
from keras.layers import LSTM, Activation, Concatenate, Dense, Input, dot
from keras.models import Model

encoder_input = Input(shape=(20, 40))
decoder_input = Input(shape=(15, 30))
encoder = LSTM(64, return_sequences=True)(encoder_input)
decoder = LSTM(64, return_sequences=True)(decoder_input)
attention = dot([decoder, encoder], axes=[2, 2])
attention = Activation('softmax', name='attention')(attention)
context = dot([attention, encoder], axes=[1, 2])
combined = Concatenate()([context, decoder])
model = Model([encoder_input, decoder_input], Dense(30, activation='softmax')(combined))
