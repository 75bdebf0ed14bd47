# The attention recipe with a length that is only known when it runs.
from keras import Model, ops
from keras import layers as L

x = L.Input(shape=(None, 6), name="signal")
h = L.LSTM(20, return_sequences=True, name="encoder")(x)
query = L.Dense(20, activation="tanh", name="query")(h)
weights = L.Activation("softmax")(L.Dot(axes=(2, 2))([query, h]))
context = L.Dot(axes=(2, 1))([weights, h])
pooled = L.Lambda(lambda t: ops.sum(t, axis=1), name="pool")(context)
joined = L.Concatenate()([pooled, h[:, -1, :]])
model = Model(inputs=x, outputs=L.Dense(4, activation="softmax", name="speaker")(joined))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
