# A series without an axis of features.
from keras.models import Sequential
from keras.layers import LSTM, Dense

model = Sequential()
model.add(LSTM(50, activation='relu', input_shape=(10,)))
model.add(Dense(1))
model.compile(optimizer='adam', loss='mse')
