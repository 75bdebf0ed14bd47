# Dense on every step with each activation, and a loss over a sequence.
import keras
from keras import layers

x = layers.Input(shape=(None, 7))
h = x
for activation in ["tanh", "sigmoid", "relu", "softmax", "linear", None]:
    h = layers.Dense(9 if activation == "softmax" else 7, activation=activation)(h)
model = keras.Model(x, layers.Dense(3, use_bias=False)(h))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
