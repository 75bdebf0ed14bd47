# Encoder and decoder with attention between them, both of ten steps.
from tensorflow import keras
from tensorflow.keras.layers import LSTM, Activation, Concatenate, Dense, Dot, Input

encoder_inputs = Input(shape=(10, 12), name="encoder")
encoder = LSTM(32, return_sequences=True, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
decoder_inputs = Input(shape=(10, 7), name="decoder")
decoder_outputs = LSTM(32, return_sequences=True)(decoder_inputs, initial_state=[state_h, state_c])
attention = Dot(axes=[2, 2])([decoder_outputs, encoder_outputs])
attention = Activation('softmax', name='attention')(attention)
context = Dot(axes=[2, 1])([attention, encoder_outputs])
decoder_combined_context = Concatenate()([context, decoder_outputs])
output = Dense(64, activation="tanh")(decoder_combined_context)
output = Dense(7, activation="softmax")(output)
model = keras.Model([encoder_inputs, decoder_inputs], output)
model.compile(optimizer='adam', loss='categorical_crossentropy')
