# Old names are said once for each function, however often it is used.
import keras
from keras import backend as K
from keras.layers import Dense, Lambda

x = keras.Input((10, 8), name="x")
a = Lambda(lambda t: K.sum(t, axis=1) + K.sum(t, axis=1) / K.sum(t))(x)
for _ in range(3):
    a = Lambda(lambda t: t / (K.sum(t, axis=-1, keepdims=True) + K.epsilon()))(a)
b = Lambda(
    lambda t: K.mean(t, axis=1) + K.dot(t, t),
)(x)
model = keras.Model(x, Dense(1)(a))
