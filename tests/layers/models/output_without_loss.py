# An output that no loss looks at: the gradients of what only it depends on are zeros, next to loops
# over time whose gradients start from zeros.
import keras
from keras.layers import Dense, Input, SimpleRNN

x = Input((None, 3), name="x")
first = SimpleRNN(4, return_sequences=True, activation="softmax")(x)
second = SimpleRNN(4, return_sequences=True, activation="softmax")(x)

model = keras.Model(x, [Dense(1)(first), Dense(1)(second)])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss=["mse", None])
