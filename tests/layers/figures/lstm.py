# LSTM as Keras' own tests set it up: constant weights, sequences that count up.
import keras
from keras.initializers import Constant
from keras.layers import LSTM, Input


def lstm(units, **options):
    return LSTM(
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
        "forwards": lstm(3)(x),
        "backwards": lstm(3, go_backwards=True)(x),
        "unrolled": lstm(3, unroll=True)(x),
        "no_forget_bias": lstm(3, unit_forget_bias=False)(x),
        "no_bias": lstm(3, use_bias=False)(x),
    },
)

x = Input(batch_shape=(2, 3, 4), name="x")
stateful = keras.Model(x, {"last": lstm(4, stateful=True)(x)})

x = Input((4, 3), name="x")
h = Input((2,), name="h")
c = Input((2,), name="c")
started = keras.Model(
    [x, h, c],
    {
        "forwards": lstm(2)(x, initial_state=[h, c]),
        "backwards": lstm(2, go_backwards=True)(x, initial_state=[h, c]),
    },
)

counts = Input((4,), dtype="int32", name="counts")
late = Input((4,), dtype="int32", name="late")
early = counts != 0
masked = keras.Model(
    [x, counts, late],
    {
        "last": lstm(2, unroll=True)(x, mask=early),
        "steps": lstm(2, return_sequences=True)(x, mask=early),
        "zeros": lstm(2, return_sequences=True, zero_output_for_mask=True)(x, mask=early),
        "backwards": lstm(2, go_backwards=True)(x, mask=late != 0),
    },
)
