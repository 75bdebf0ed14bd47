from keras import ops
from keras.layers import Dense, Input

x = Input((5, 3), name="x")
y = Input((5, 4), name="y")
t = Input((None, 3), name="t")
x + y
x @ y
x + "a"
x + Dense(3)
x << 2
x**"a"
x < "a"
"a"**x
x[0]
x[1:]
x[:, 7]
x[:, -6]
x[:, 3:1]
x[:, ::0]
x[:, :, :, 0]
x[:, "a"]
x[:, 0.5:]
t[:, ::-2]
t[:, -2:5]
t[:, 3:3]
ops.sum(x, axis=3)
ops.sum(x, axis="a")
ops.sum(x, axis=(1, 1))
ops.sum(3)
ops.softmax(x, axis=7)
ops.transpose(x, (0, 1))
ops.squeeze(x, axis=1)
ops.concatenate([x, y], axis=1)
ops.concatenate([x, 3], axis=1)
ops.concatenate([], axis=1)
ops.einsum("ij", x)
ops.matmul(x, 2)
x.shpe
