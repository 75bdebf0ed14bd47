# A sentiment classifier whose LSTM gives all steps, joined with a vector of other features.
from tensorflow.keras.layers import LSTM, Dense, Input, concatenate
from tensorflow.keras.models import Model

text = Input(shape=(100, 50), name='text')
meta = Input(shape=(5,), name='meta')
x = LSTM(64, return_sequences=True)(text)
x = concatenate([x, meta])
out = Dense(1, activation='sigmoid')(x)
model = Model([text, meta], out)
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
