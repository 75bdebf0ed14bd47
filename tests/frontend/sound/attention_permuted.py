# Weights for time steps made by a Dense layer along the time axis, between two Permutes.
from keras.layers import Dense, Flatten, Input, LSTM, Multiply, Permute
from keras.models import Model

TIME_STEPS = 20
INPUT_DIM = 2

inputs = Input(shape=(TIME_STEPS, INPUT_DIM,))
lstm_out = LSTM(20, return_sequences=True)(inputs)
a = Permute((2, 1))(lstm_out)
a = Dense(TIME_STEPS, activation='softmax')(a)
a_probs = Permute((2, 1), name='attention_vec')(a)
output_attention_mul = Multiply()([lstm_out, a_probs])
attention_mul = Flatten()(output_attention_mul)
output = Dense(1, activation='sigmoid')(attention_mul)
model = Model(inputs=[inputs], outputs=output)
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
