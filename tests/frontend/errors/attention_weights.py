# weights over features, not over steps
import keras
from keras.layers import LSTM, Dense, Dot, Flatten, Input, Multiply, Lambda, Softmax, Activation
from keras import ops
x = Input((10, 8))
h = LSTM(64, return_sequences=True)(x)
w = Dense(1, activation="softmax")(h)
c = Lambda(lambda t: ops.sum(t, axis=1))(Multiply()([h, w]))
s = Softmax()(Dense(4, activation="tanh")(h))
m = Dot(axes=(1, 1))([s, h])
score = Dense(1, activation="tanh")(h)
a = Activation("softmax")(score)
flat = Flatten()(score)
alpha = Activation("softmax")(flat)
v = Multiply()([h, alpha])
model = keras.Model(x, Dense(1)(c))
