# Masks of recurrent layers that start from a state, go backwards, or give zeros where a step does
# not count; a mask that is not handed over with a state.
import keras
from keras.layers import GRU, LSTM, Concatenate, Dense, Input, Masking, SimpleRNN

x = Input((None, 3), name="x")
masking = Masking(mask_value=0.0)
masked = masking(x)
mask = masking.compute_mask(x)

gru, state = GRU(4, return_sequences=True, return_state=True)(masked)
before = GRU(4, reset_after=False, return_sequences=True, go_backwards=True)(gru)
last = GRU(4, recurrent_activation="hard_sigmoid")(before)
simple = SimpleRNN(4, return_sequences=True, zero_output_for_mask=True)(masked)
simple_last = SimpleRNN(3, zero_output_for_mask=True)(masked)
backwards = LSTM(4, go_backwards=True)(masked)

# From a state: zeros in front of the first step that counts.
started = LSTM(4, return_sequences=True)(masked, initial_state=[last, backwards], mask=mask)
started_last, started_h = GRU(4, return_state=True)(masked, initial_state=last, mask=mask)
ignored = LSTM(4)(masked, initial_state=[last, backwards])
unrolled = SimpleRNN(4, activation=None)(started)

outputs = Dense(2)(
    Concatenate()([last, simple_last, backwards, started_last, started_h, ignored, unrolled, state])
)
per_step = Dense(1)(Concatenate()([simple, started, gru]))

model = keras.Model(x, [outputs, per_step])
model.compile(optimizer=keras.optimizers.SGD(0.02), loss=["mse", "mae"])
