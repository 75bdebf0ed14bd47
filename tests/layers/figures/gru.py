# GRU as Keras' own tests set it up: constant weights, sequences that count up.
import keras
from keras.initializers import Constant
from keras.layers import GRU, Input


def gru(units, **options):
    return GRU(
        units,
        kernel_initializer=Constant(0.01),
        recurrent_initializer=Constant(0.02),
        bias_initializer=Constant(0.03),
        **options,
    )


x = Input((6, 4), name="x")
plain = keras.Model(
    x,
    {
        "forwards": gru(3)(x),
        "backwards": gru(3, go_backwards=True)(x),
        "unrolled": gru(3, unroll=True)(x),
        "reset_before": gru(3, reset_after=False)(x),
        "no_bias": gru(3, use_bias=False)(x),
    },
)

x = Input(batch_shape=(2, 3, 4), name="x")
stateful = keras.Model(x, {"last": gru(4, stateful=True)(x)})

x = Input((4, 3), name="x")
h = Input((2,), name="h")
last, state = gru(2, return_state=True)(x, initial_state=h)
back, back_state = gru(2, return_state=True, go_backwards=True)(x, initial_state=h)
started = keras.Model(
    [x, h],
    {"forwards": last, "state": state, "backwards": back, "backwards_state": back_state},
)

counts = Input((4,), dtype="int32", name="counts")
mask = counts != 0
masked = keras.Model(
    [x, counts],
    {
        "last": gru(2, unroll=True)(x, mask=mask),
        "steps": gru(2, return_sequences=True)(x, mask=mask),
        "zeros": gru(2, return_sequences=True, zero_output_for_mask=True)(x, mask=mask),
        "backwards": gru(2, go_backwards=True)(x, mask=mask),
    },
)
