import keras
import numpy as np
from keras import ops
from keras.layers import Dense, Input

a = np.arange(6).reshape(2, 3)
a + np.arange(4)
a.reshape(4, 2)
a[2]
a[0, 0, 0]
a[1.5]
a["x"]
a @ a
np.array([[1, 2], [3]])
np.array(["a"])
np.zeros((2, -3))
np.zeros("x")
np.concatenate([a, np.ones((3, 3))], axis=1)
np.sum(a, axis=2)
np.sqrt(-1)
np.arange(1, 2, 0)
np.zeros(3, dtype="complex64")
np.ones(3).sun()
np.linalg.inv(np.eye(2))
a[0] = [1, 2]
if a:
    pass
a & 0.5
-np.array([True])
np.full(2, 2**60)
range(2**70)
np.random.rand(3)
x = Input((5, 3), name="x")
x + np.ones((2, 3))
x + np.ones((5, 0))
np.ones(3) * x
x * [1.0, 2.0, 3.0]
ops.array([[1, 2], [3]])
np.sqrt(x)
ops.matmul(x, np.ones((4, 2)))
Dense(2)(np.ones((4, 2)))
