#!/usr/bin/env python3
"""Writes activations.txt: what Keras computes, in double precision on TensorFlow.

One line for each activation that `activation=` of a layer accepts by name and that
works element by element: its name, then x, value and derivative for each x. The last
lines are of functions with arguments: the call instead of the name.

Needs keras 3.15 and tensorflow (scripts/make-goldens tells how to get them).
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

NAMES = """linear tanh sigmoid relu relu6 leaky_relu elu selu celu gelu silu swish softplus
softsign hard_sigmoid hard_silu hard_swish hard_tanh tanh_shrink soft_shrink hard_shrink
squareplus sparse_plus sparse_sigmoid log_sigmoid mish exponential""".split()

CALLS = {
    "relu(slope=0.1,max=2,threshold=0.25)": lambda x: keras.activations.relu(
        x, negative_slope=0.1, max_value=2.0, threshold=0.25),
    "relu(slope=0.3,threshold=0)": lambda x: keras.activations.relu(x, negative_slope=0.3),
    "relu(slope=0,max=6,threshold=0)": lambda x: keras.activations.relu(x, max_value=6.0),
    "leaky_relu(0.01)": lambda x: keras.activations.leaky_relu(x, negative_slope=0.01),
    "elu(0.5)": lambda x: keras.activations.elu(x, alpha=0.5),
    "celu(2)": lambda x: keras.activations.celu(x, alpha=2.0),
    "gelu(approximate)": lambda x: keras.activations.gelu(x, approximate=True),
    "soft_shrink(1)": lambda x: keras.activations.soft_shrink(x, threshold=1.0),
    "hard_shrink(1)": lambda x: keras.activations.hard_shrink(x, threshold=1.0),
    "threshold(0.5,-2)": lambda x: keras.activations.threshold(x, 0.5, -2.0),
    "squareplus(1)": lambda x: keras.activations.squareplus(x, b=1),
}

# Both sides of every kink, the kinks themselves, and far away.
XS = [-40, -7.25, -6, -3, -1.75, -1, -0.5, -0.25, -0.001, 0, 0.001, 0.25, 0.5, 0.75, 1, 1.75, 2, 3,
      6, 7.25, 40]


def line(name, function):
    x = tf.constant(XS, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    derivative = tape.gradient(y, x)
    numbers = zip(x.numpy(), y.numpy(), derivative.numpy())
    return " ".join([name] + [repr(float(n)) for triple in numbers for n in triple])


def main():
    lines = [line(name, keras.activations.get(name)) for name in NAMES]
    lines += [line(name, function) for name, function in CALLS.items()]
    path = pathlib.Path(__file__).with_name("activations.txt")
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
