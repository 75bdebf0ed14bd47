# Bidirectional as Keras' own tests set it up: constant weights, sequences that count up.
import keras
from keras.initializers import Constant
from keras.layers import GRU, LSTM, Bidirectional, Input, SimpleRNN


def two(layer, kernel=0.01, bias=0.03, **options):
    return layer(
        2,
        kernel_initializer=Constant(kernel),
        recurrent_initializer=Constant(0.02),
        bias_initializer=Constant(bias),
        **options,
    )


x = Input((3, 4), name="x")
there, back = Bidirectional(two(SimpleRNN), merge_mode=None)(x)
other = two(SimpleRNN, kernel=0.03, bias=0.01, go_backwards=True)
plain = keras.Model(
    x,
    {
        "joined": Bidirectional(two(SimpleRNN))(x),
        "average": Bidirectional(two(SimpleRNN), merge_mode="ave")(x),
        "there": there,
        "back": back,
        "product": Bidirectional(two(SimpleRNN), backward_layer=other, merge_mode="mul")(x),
        "sum": Bidirectional(two(GRU, return_sequences=True), merge_mode="sum")(x),
    },
)

x = Input(batch_shape=(2, 4, 3), name="x")
stateful = keras.Model(x, {"last": Bidirectional(two(LSTM, stateful=True))(x)})

x = Input((4, 3), name="x")
states = [Input((2,), name=name) for name in ["h", "c", "back_h", "back_c"]]
started = keras.Model([x, *states], {"last": Bidirectional(two(LSTM))(x, initial_state=states)})

counts = Input((4,), dtype="int32", name="counts")
masked = keras.Model([x, counts], {"last": Bidirectional(two(GRU))(x, mask=counts != 0)})

last, h, c, back_h, back_c = Bidirectional(two(LSTM, return_state=True))(x)
ends = keras.Model(x, {"last": last, "h": h, "c": c, "back_h": back_h, "back_c": back_c})
