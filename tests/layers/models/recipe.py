# The attention recipe at a fixed length, with sizes that fit no vector width.
import keras
from keras.layers import LSTM, Activation, Concatenate, Dense, Dot, Input, Lambda

steps, features, units, classes = 13, 5, 7, 3

x = Input(shape=(steps, features))
h = LSTM(units, return_sequences=True)(x)
query = Dense(units, activation="tanh")(h)
scores = Dot(axes=(2, 2))([query, h])
weights = Activation("softmax")(scores)
context = Dot(axes=(2, 1))([weights, h])
pooled = Lambda(lambda t: keras.ops.sum(t, axis=1))(context)
joined = Concatenate(axis=-1)([pooled, h[:, -1, :]])
outputs = Dense(classes, activation="softmax")(joined)

model = keras.Model(x, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
