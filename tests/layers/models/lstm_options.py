# An LSTM without bias and with other activations, beside one whose forget gate starts closed.
import keras
from keras.layers import LSTM, Concatenate, Dense, Input

x = Input(shape=(None, 4), name="wave")
a = LSTM(5, use_bias=False, activation="relu", recurrent_activation="sigmoid")(x)
b = LSTM(6, unit_forget_bias=False, recurrent_activation="tanh", activation="sigmoid")(x)
model = keras.Model(x, Dense(3, activation="softmax")(Concatenate()([a, b])))
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01, epsilon=1e-5),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
