# No RepeatVector between encoder and decoder.
from keras.layers import LSTM, Dense, Input
from keras.models import Model

inputs = Input(shape=(9, 2))
encoded = LSTM(100, activation='relu')(inputs)
decoded = LSTM(100, activation='relu', return_sequences=True)(encoded)
outputs = Dense(2)(decoded)
model = Model(inputs, outputs)
model.compile(optimizer='adam', loss='mse')
