# SimpleRNN as Keras' own tests set it up: constant weights, sequences that count up.
import keras
from keras.initializers import Constant
from keras.layers import Input, SimpleRNN


def rnn(units, **options):
    return SimpleRNN(
        units,
        kernel_initializer=Constant(0.01),
        recurrent_initializer=Constant(0.02),
        bias_initializer=Constant(0.03),
        **options,
    )


x = Input((3, 4), name="x")
plain = keras.Model(
    x,
    {
        "forwards": rnn(4)(x),
        "unrolled": rnn(4, unroll=True)(x),
        "backwards": rnn(4, go_backwards=True)(x),
        "backwards_unrolled": rnn(4, go_backwards=True, unroll=True)(x),
    },
)

x = Input(batch_shape=(2, 3, 4), name="x")
stateful = keras.Model(x, {"last": rnn(4, stateful=True)(x)})

x = Input((4, 3), name="x")
h = Input((4,), name="h")
started = keras.Model(
    [x, h],
    {
        "forwards": rnn(4)(x, initial_state=h),
        "backwards": rnn(4, go_backwards=True)(x, initial_state=h),
    },
)

counts = Input((4,), dtype="int32", name="counts")
mask = counts != 0
masked = keras.Model(
    [x, counts],
    {
        "last": rnn(4, unroll=True)(x, mask=mask),
        "steps": rnn(2, return_sequences=True)(x, mask=mask),
        "zeros": rnn(2, return_sequences=True, zero_output_for_mask=True)(x, mask=mask),
        "backwards": rnn(4, go_backwards=True)(x, mask=mask),
    },
)
