# Values of any size in messages: what is long is cut, and arrays are named by their shape.
import numpy as np
from keras import layers, Input, Model

x = Input((3,))
layers.Dense("a" * 10000)(x)
layers.Dense("ü" * 81)(x)
layers.Dense(list(range(1000)))(x)
layers.Dense(tuple("abc" * 30))(x)
layers.Dense([["w" * 100] * 100] * 100)(x)
layers.Dense(10**3000)(x)
layers.Dense({i: i for i in range(1000)})(x)
layers.Dense(set(range(1000)))(x)
layers.Dense(np.zeros((3, 4)))(x)
layers.Dense(np.arange(5))(x)
layers.Dense(3)(np.zeros((3, 4)))
layers.Dense(lambda n: n)(x)
layers.Dense(layers)(x)
layers.Dense(int)(x)
{"a": 1}["k" * 10000]
int("z" * 10000)
[1, 2][10**500]
model = Model(x, x)
raise ValueError("v" * 10000)
