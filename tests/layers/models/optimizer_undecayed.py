# Weight decay that leaves biases and one kernel alone, with a frozen layer among them.
import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
hidden, frozen, last = LSTM(4), Dense(5, trainable=False), Dense(2)
model = keras.Model(x, last(frozen(hidden(x))))
optimizer = keras.optimizers.SGD(0.1, momentum=0.5, weight_decay=0.75)
optimizer.exclude_from_weight_decay(var_list=[last.kernel, frozen.kernel], var_names=["bias"])
model.compile(optimizer=optimizer, loss="mse")
