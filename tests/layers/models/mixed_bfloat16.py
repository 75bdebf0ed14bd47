# Keras computes in bfloat16, Rondo in float32; predictions read weights of LSTMs as bfloat16.
import keras
from keras import layers

keras.config.set_dtype_policy("mixed_bfloat16")
x = keras.Input((None, 3), name="x")
parts = [
    layers.LSTM(9, return_sequences=True, name="mixed")(x),
    layers.LSTM(5, return_sequences=True, dtype="float32", name="exact")(x),
    layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="both")(x),
    layers.GRU(4, return_sequences=True, name="gated")(x),
]
joined = layers.Dense(6, activation="tanh", name="joined")(layers.Concatenate()(parts))
last = layers.RNN(layers.LSTMCell(4), name="cells")(joined)
features = layers.Concatenate()([last, layers.GlobalAveragePooling1D()(joined)])
y = layers.Dense(3, activation="softmax", dtype="float32", name="y")(features)
model = keras.Model(x, y)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="categorical_crossentropy", metrics=["mse"])
