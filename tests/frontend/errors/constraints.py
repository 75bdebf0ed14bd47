# What goes wrong with constraints of weights.
import keras
from keras import constraints, layers, ops
from keras.constraints import MaxNorm, MinMaxNorm, UnitNorm
from keras.layers import LSTM, Dense

x = keras.Input((3,), name="x")
Dense(2, kernel_constraint="nonneg")
Dense(2, kernel_constraint=2.0)
Dense(2, kernel_constrain=MaxNorm())
Dense(2, bias_constraint=MaxNorm("2"))
MinMaxNorm(0.5, rate=None)
MaxNorm(m=2)
UnitNorm(axis=0.5)
UnitNorm(axis=[0, None])
constraints.deserialize({})
Dense(2, kernel_constraint=MaxNorm(axis=2))(x)
Dense(2, bias_constraint=UnitNorm(axis=[0, -1]))(x)
Dense(2, kernel_constraint=lambda w: ops.sum(w, axis=0))(x)
Dense(2, kernel_constraint=lambda w: None)(x)
Dense(2, kernel_constraint=lambda w: w + x)(x)


class Misspelt(constraints.Constraint):
    def __call__(self, w):
        return ops.relux(w)


LSTM(2, recurrent_constraint=Misspelt())(keras.Input((5, 3)))
Dense(2, kernel_constraint=Misspelt)(x)
