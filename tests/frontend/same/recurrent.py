# Recurrent layers by their old names and arguments.
import keras
from keras import layers

x = keras.Input((10, 8))
h = layers.LSTM(6, return_sequences=True, kernel_initializer="glorot_uniform", recurrent_activation="hard_sigmoid")(x)
h = layers.GRU(5)(h)
model = keras.Model(x, layers.Dense(1, kernel_initializer="uniform", activation="sigmoid")(h))
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="binary_crossentropy")
# ---
from keras.layers.core import Dense
from keras.layers.recurrent import GRU, LSTM
from keras.models import Sequential
from keras.optimizers import Adam

model = Sequential()
model.add(LSTM(output_dim=6, input_dim=8, input_length=10, return_sequences=True, init="glorot_uniform",
               inner_init="orthogonal", inner_activation="hard_sigmoid", consume_less="cpu"))
model.add(GRU(5, implementation=2))
model.add(Dense(1, init="uniform", activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer=Adam(lr=0.01, decay=0.0))
# ---
import tensorflow.compat.v1 as tf
from tensorflow.python.keras.layers import CuDNNGRU, Dense
from tensorflow.keras.models import Sequential

model = Sequential([
    tf.keras.layers.LSTM(6, return_sequences=True, recurrent_activation="hard_sigmoid",
                         batch_input_shape=(None, 10, 8)),
    CuDNNGRU(5),
    Dense(1, kernel_initializer="uniform", activation="sigmoid"),
])
model.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.Adam(lr=0.01))
