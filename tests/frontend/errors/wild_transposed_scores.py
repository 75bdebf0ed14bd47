# q k instead of q kᵀ with as many steps as features.
import keras
from keras import layers, ops

x = keras.Input((16, 16))
q, k, v = layers.Dense(16)(x), layers.Dense(16)(x), layers.Dense(16)(x)
weights = ops.softmax(ops.matmul(q, k) / 4.0)
model = keras.Model(x, ops.matmul(weights, v))
