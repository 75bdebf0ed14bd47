# A script's arguments have their defaults, as when it is run without any.
import argparse

import keras


def read():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("data", nargs="?", help="where the data is")
    parser.add_argument("out")
    sizes = parser.add_argument_group("sizes")
    sizes.add_argument("-u", "--lstm-units", type=int, default=64)
    sizes.add_argument("--steps", type=int, default="24")
    sizes.add_argument("--rate", dest="learning_rate", type=float, default=1e-3)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--deep", action="store_true")
    way.add_argument("--plain", action="store_false", default=True)
    parser.add_argument("--cell", choices=["lstm", "gru"], default="gru")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--layers", type=int, nargs="+", default=[16, 8])
    parser.set_defaults(epochs=3)
    return parser.parse_args()


options = read()
assert (options.data, options.seed, options.deep, options.plain) == (None, None, False, True)
assert vars(options)["lstm_units"] == 64 and options.steps + 1 == 25
print(f"writes to {options.out}")
x = keras.Input((options.steps, 3))
y = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[options.cell](options.lstm_units)(x)
for size in options.layers:
    y = keras.layers.Dense(size, activation="relu")(y)
if options.deep:
    y = keras.layers.Dense(8)(y)
model = keras.Model(x, y)
model.compile(keras.optimizers.Adam(options.learning_rate), "mse")
model.fit(None, epochs=options.epochs)
assert model.layers[1].units == 64 and model.count_params() == 14424, model.count_params()
rest, unknown = argparse.ArgumentParser().parse_known_args()
