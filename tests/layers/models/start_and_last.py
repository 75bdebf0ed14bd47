# Where a recurrent layer starts and where it ends are outputs both: what goes from step to step does
# not overwrite what it started in.
import keras
from keras.layers import Dense, Input, SimpleRNN

x = Input((None, 3), name="x")
z = Input((5,), name="z")
start = Dense(4, activation="tanh")(z)
last = SimpleRNN(4, activation="softmax")(x, initial_state=start)
again = SimpleRNN(4, activation="softmax", go_backwards=True)(x, initial_state=start)

model = keras.Model([x, z], [last, again, start])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
