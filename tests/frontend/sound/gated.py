# Gates over features, a highway, and normalization by hand.
import keras
from keras import layers, ops

x = keras.Input((15, 30))
h = layers.SimpleRNN(30, return_sequences=True)(x)
gate = layers.Dense(30, activation="sigmoid")(h)
mixed = gate * h + (1.0 - gate) * x
mean = ops.mean(mixed, axis=-1, keepdims=True)
normal = (mixed - mean) / ops.sqrt(ops.var(mixed, axis=-1, keepdims=True) + 1e-3)
feature_weights = layers.Dense(30, activation="softmax")(normal)
y = layers.Multiply()([feature_weights, normal])
model = keras.Model(x, layers.Dense(1)(ops.sum(y, axis=1)))
model.compile("adam", "mse")
