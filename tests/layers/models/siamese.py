# Two inputs through shared layers with a handed-over state; three outputs, one of them an operation.
import keras
from keras import ops
from keras.layers import LSTM, Add, Concatenate, Dense, Input, Maximum, Multiply

left = Input((None, 3), name="left")
right = Input((None, 3), name="right")
encoder = LSTM(5, return_sequences=True, return_state=True, name="encoder")
project = Dense(4, activation="gelu", name="project")
_, left_state, left_cell = encoder(left)
steps, right_state, _ = encoder(right, initial_state=[left_state, left_cell])
u, v = project(left_state), project(right_state)
joined = Concatenate()([u, v, Multiply()([u, v]), ops.abs(u - v), Maximum()([u, v])])
match = Dense(1, activation="sigmoid", name="match")(joined)
codes = Add()([project(steps), u[:, None]])
distance = ops.norm(u - v, axis=-1, keepdims=True)
model = keras.Model([left, right], [match, codes, distance])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
