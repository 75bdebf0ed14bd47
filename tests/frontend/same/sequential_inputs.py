import keras
from keras.layers import LSTM, Dense, Embedding, Flatten

model = keras.Sequential([keras.Input((40,)), Embedding(50, 4), LSTM(3), Dense(2)])
model.compile("adam", "mse")
# ---
import keras
from keras.layers import LSTM, Dense, Embedding, Flatten

model = keras.Sequential([Embedding(50, 4), LSTM(3), Dense(2)])
model.compile("adam", "mse")
model.build((None, 40))
# ---
import keras
from keras.layers import LSTM, Dense, Embedding, Flatten

model = keras.Sequential([Embedding(50, 4), LSTM(3)])
model.build(input_shape=(None, 40))
model.add(Dense(2))
model.compile("adam", "mse")
# ---
import keras
from keras.layers import LSTM, Dense, Embedding, Flatten

model = keras.Sequential()
model.add(Embedding(50, 4, input_length=40))
model.add(LSTM(3))
model.add(Dense(2))
model.compile("adam", "mse")
# ---
import keras
from keras.layers import LSTM, Dense, Embedding, Flatten

model = keras.Sequential([Embedding(50, 4), LSTM(3), Dense(2)])
assert len(model.layers) == 3
model.compile("adam", "mse")
model(keras.Input((40,)))
