# An LSTM autoencoder that mirrors its input.
from keras.layers import LSTM, Dense, Input, RepeatVector
from keras.models import Model

timesteps, n_features = 9, 2
visible = Input(shape=(timesteps, n_features))
encoded = LSTM(100, activation='relu')(visible)
decoded = RepeatVector(timesteps)(encoded)
decoded = LSTM(100, activation='relu', return_sequences=True)(decoded)
decoded = Dense(n_features)(decoded)
model = Model(inputs=visible, outputs=decoded)
model.compile(optimizer='adam', loss='mse')
