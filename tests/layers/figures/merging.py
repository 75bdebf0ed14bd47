# Merging layers of steps with masks, as Keras' own tests call them: with a mask of the first input
# ("one"), and with masks of both.
import keras
from keras import layers

x = keras.Input((4, 2), name="x")
y = keras.Input((4, 2), name="y")
one = [layers.Masking()(x), y]
both = [layers.Masking()(x), layers.Masking()(y)]
positive = keras.Model(
    [x, y],
    {
        "add": layers.Add()(both),
        "add_one": layers.Add()(one),
        "subtract": layers.Subtract()(both),
        "subtract_one": layers.Subtract()(one),
        "average": layers.Average()(both),
        "average_one": layers.Average()(one),
        "multiply": layers.Multiply()(both),
        "multiply_one": layers.Multiply()(one),
        "minimum": layers.Minimum()(both),
        "minimum_one": layers.Minimum()(one),
        "concatenate_steps": layers.Concatenate(axis=1)(one),
        "concatenate": layers.Concatenate(axis=2)(one),
    },
)
negative = keras.Model(
    [x, y], {"maximum": layers.Maximum()(both), "maximum_one": layers.Maximum()(one)}
)
