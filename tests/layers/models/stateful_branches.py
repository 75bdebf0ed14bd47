# Stateful layers that two branches share: what the later call starts from follows from the order in
# which Keras runs the calls, which is not that of the file.
import keras
from keras.layers import GRU, LSTM, Concatenate, Dense, Input, SimpleRNN

x = Input(batch_shape=(3, None, 4), name="x")
y = Input(batch_shape=(3, None, 4), name="y")
# The second call is the deeper one, met after or before the first on the way back from the output.
nearer, later = LSTM(3, stateful=True), GRU(3, stateful=True, return_sequences=True)
parts = [nearer(x), Dense(2, activation="tanh")(nearer(y))]
end = later(x)[:, -1]
parts += [Dense(2, activation="tanh")(Dense(2)(later(y)[:, 0])), end]
# Both are as deep, directly under what joins them or one layer below it.
joined, below = SimpleRNN(3, stateful=True), LSTM(2, stateful=True)
first, second = joined(x), joined(y)
parts += [second, first]
first, second = below(x), below(y)
parts += [Dense(2)(first), Dense(2)(second)]
# What two models of the same layers keep is the same.
inner = Input(batch_shape=(3, None, 4))
nested = keras.Model(inner, Dense(2)(below(inner)))
parts.append(nested(y))
model = keras.Model([x, y], Dense(2)(Concatenate()(parts)))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
