# --- making arrays
import numpy as np
print(np.zeros(3), np.ones((2, 2)), np.full((2,), 7), np.eye(2), np.zeros((0,)), np.array([1, 2]), np.array([[1.5, 2], [3, 4]]))
# --- arange and linspace
import numpy as np
print(np.arange(5), np.arange(2, 8, 2), np.arange(0, 1, 0.25), np.linspace(0, 1, 5), np.linspace(0, 1, 4, endpoint=False), np.arange(3.0), np.arange(5, 0, -2))
# --- floats as numpy writes them
import numpy as np
print(np.array([0.1, 0.25, 1.0]), np.array([1.0, 2.5]), np.array([1e-5, 1.0]), np.array([1e10, 1.0]), np.array([100000.5, 0.5]), np.array([1/3, 2/3]))
# --- negative numbers and widths
import numpy as np
print(np.array([-1, 10, 100]), np.array([-1.5, 10.25]), np.array([[1, -200], [30, 4]]))
# --- infinities and nan in arrays
import numpy as np
print(np.array([1.0, np.inf, -np.inf, np.nan]), np.array([np.nan]), np.array([0.5, np.nan]))
# --- bools in arrays
import numpy as np
print(np.array([True, False]), np.array([1, 2, 3]) > 1, ~np.array([True, False]), np.array([[True], [False]]))
# --- several axes
import numpy as np
print(np.arange(12).reshape(2, 2, 3))
print(np.zeros((2, 3)))
# --- long arrays are wrapped and shortened
import numpy as np
print(np.arange(40))
print(np.arange(2000))
print(np.arange(3000).reshape(1000, 3))
print(np.linspace(0, 1, 20))
# --- repr
import numpy as np
print(repr(np.array([1, 2])), repr(np.zeros(2)), [np.array([1])], repr(np.array([[1.5], [2]])), repr(np.array([1], dtype="float32")))
# --- attributes
import numpy as np
a = np.arange(6).reshape(2, 3)
print(a.shape, a.ndim, a.size, a.dtype, a.T.shape, len(a), a.tolist(), a.dtype == "int64", np.ones(2).dtype == np.float64)
# --- arithmetic with broadcasting
import numpy as np
a = np.arange(3)
print(a + 1, a * 2.5, 10 - a, a / 2, a // 2, a % 2, a ** 2, -a, a + a, a[:, None] + a, 2 ** a)
# --- comparisons give bools
import numpy as np
a = np.array([1, 2, 3])
print(a == 2, a != 2, a < 2, a >= 2, (a > 1) & (a < 3), (a == 1) | (a == 3), (a > 0).all(), (a > 2).any())
# --- indexing
import numpy as np
a = np.arange(12).reshape(3, 4)
print(a[0], a[1, 2], a[-1, -1], a[:, 1], a[1:, ::2], a[..., 0], a[::-1, 0], a[None].shape, a[:, None, :].shape, a[0][1])
# --- masks and lists as indices
import numpy as np
a = np.array([10, 20, 30, 40])
print(a[[0, 2]], a[a > 15], a[np.array([True, False, True, False])], a[[-1, 0]])
m = np.arange(6).reshape(2, 3)
print(m[:, [0, 2]], m[m % 2 == 0], m[[1, 0]], m[[0, 1], [2, 0]])
# --- assignment
import numpy as np
a = np.zeros((2, 4))
a[0, 1] = 5
a[1] = [1, 2, 3, 4]
a[:, 0::2] = -1
print(a)
a[a < 0] = 9
a += 1
a[1, 1:3] *= 10
print(a)
# --- slices are views
import numpy as np
a = np.arange(6)
b = a[2:5]
b[0] = 100
c = a.copy()
c[0] = -1
t = np.zeros((2, 2))
t.T[0] = [1, 2]
print(a, b, c, t)
# --- reshaping
import numpy as np
a = np.arange(6)
print(a.reshape(2, 3), a.reshape(-1, 2), a.reshape((3, -1)).shape, a.reshape(2, 3).T, a.reshape(2, 3).flatten(), np.reshape(a, (1, 6)).shape, a.reshape(2, 3).ravel())
# --- transposing
import numpy as np
a = np.arange(24).reshape(2, 3, 4)
print(a.transpose(1, 0, 2).shape, np.transpose(a).shape, a.swapaxes(0, 2).shape, np.transpose(a, (2, 0, 1))[1, 1, 1], a.T[3, 2, 1])
# --- sums and means
import numpy as np
a = np.arange(6).reshape(2, 3)
print(a.sum(), a.sum(axis=0), a.sum(axis=1), a.mean(), a.mean(axis=0), np.sum(a, axis=-1, keepdims=True), a.prod(), a.max(), a.min(axis=1), np.mean([1, 2, 3, 4]), a.std(), a.var(axis=0))
# --- sums round as numpy's
import numpy as np
a = np.full(1000, 0.1)
print(a.sum(), np.arange(1, 200).sum() / 7, (np.arange(300) / 7).sum(), (np.arange(300) / 7).mean(), (np.arange(30) * 0.1).std())
# --- argmax and cumsum
import numpy as np
a = np.array([[3, 9, 1], [7, 2, 8]])
print(a.argmax(), a.argmax(axis=1), np.argmin(a, axis=0), a.cumsum(), np.cumsum(a, axis=1), np.cumprod([1, 2, 3]))
# --- elementwise functions
import numpy as np
x = np.array([0.0, 0.5, 1.0])
print(np.sqrt(x), np.exp(x), np.sin(x), np.cos(x), np.tanh(x), np.log(x + 1), np.abs(-x), np.square(x), np.floor(x + 0.7), np.power(x, 2), np.sign(x - 0.5))
# --- functions of numbers give numbers
import numpy as np
print(np.sqrt(16), np.exp(0), np.sin(0.0), np.floor(2.7), np.prod((2, 3, 4)), np.log(np.e), np.maximum(2, 3), np.abs(-3), np.power(2, 10), np.round(2.567, 2), np.pi)
# --- maximum, minimum, clip, where
import numpy as np
a = np.array([-2, 0, 3])
print(np.maximum(a, 0), np.minimum(a, [0, 0, 0]), np.clip(a, -1, 1), np.where(a > 0, a, 0), np.where(a > 0, 1.0, -1.0), a.clip(0, 2))
# --- joining
import numpy as np
a, b = np.array([1, 2]), np.array([3, 4])
print(np.concatenate([a, b]), np.stack([a, b]), np.stack([a, b], axis=1), np.vstack([a, b]), np.hstack([a, b]), np.concatenate([[a], [b]], axis=1), np.concatenate([np.ones((2, 1)), np.zeros((2, 2))], axis=-1))
# --- adding and removing axes
import numpy as np
a = np.arange(3)
print(a[np.newaxis, :].shape, a[:, np.newaxis].shape, np.expand_dims(a, 0).shape, np.expand_dims(a, -1).shape, np.squeeze(np.ones((1, 3, 1))).shape, np.ones((1, 3)).squeeze(0).shape)
# --- repeat, tile, flip
import numpy as np
print(np.repeat([1, 2], 2), np.tile([1, 2], 2), np.tile([[1], [2]], (1, 3)), np.repeat(np.array([[1, 2]]), 2, axis=0), np.flip([1, 2, 3]), np.flip(np.arange(4).reshape(2, 2), axis=1))
# --- matrix products
import numpy as np
a = np.arange(4).reshape(2, 2)
v = np.array([1, 2])
print(a @ a, a @ v, v @ a, v @ v, np.dot(a, v), np.matmul(a, a), np.outer(v, v), a.dot(v), np.ones((3, 2, 2)) @ a)
# --- dtypes
import numpy as np
print(np.array([1, 2.5]).dtype, np.array([1, 2]).dtype, np.array([True]).dtype, np.array([1, 2], dtype="float32").dtype, np.arange(3).astype(float), np.array([1.7, -1.7]).astype(int), np.zeros(2, dtype=int), np.ones(2, dtype=bool), (np.arange(2) + 0.5).dtype, np.array([0, 2]).astype("bool"))
# --- promotion of dtypes
import numpy as np
f, i, b = np.ones(1, dtype="float32"), np.ones(1, dtype="int32"), np.ones(1, dtype=bool)
print((f + 1).dtype, (f * 2.5).dtype, (i + 1).dtype, (i * 1.5).dtype, (i / 2).dtype, (b + b).dtype, (b + 1).dtype, (f + np.ones(1)).dtype, (i + np.ones(1, dtype=int)).dtype, (f + i).dtype)
# --- triangles and masks
import numpy as np
print(np.tril(np.ones((3, 3))), np.triu(np.ones((2, 3), dtype=int), k=1), 1 - np.tril(np.ones((2, 2))), np.eye(2, 3, k=1))
# --- tests
import numpy as np
print(np.isnan([1.0, np.nan]), np.isfinite([1.0, np.inf]), np.allclose([1.0], [1.0 + 1e-9]), np.array_equal([1, 2], [1, 2]), np.any([0, 1]), np.all([0, 1]), np.logical_and([True, False], True), np.logical_not([True, False]))
# --- shapes of lists
import numpy as np
print(np.shape([[1, 2, 3]]), np.ndim([1]), np.size([[1, 2], [3, 4]]), np.zeros_like([[1, 2]]), np.ones_like(np.zeros(2)), np.full((2, 2), [1, 2]))
# --- iteration
import numpy as np
for row in np.arange(4).reshape(2, 2):
    print(row, row.sum())
print([int(x) for x in np.arange(3)], sum(np.arange(4)))
# --- conversion to numbers
import numpy as np
print(int(np.array([5])[0]), float(np.ones(1)[0]), np.array([3]).item(), int(np.prod((2, 5))), bool(np.array([1])), np.arange(3).tolist(), isinstance(np.zeros(1), np.ndarray))
# --- positional encoding
import numpy as np
T, d = 6, 4
position = np.arange(T)[:, None]
rate = 1 / np.power(10000, (2 * (np.arange(d) // 2)) / d)
angle = position * rate
pe = np.zeros((T, d))
pe[:, 0::2] = np.sin(angle[:, 0::2])
pe[:, 1::2] = np.cos(angle[:, 1::2])
print(pe)
print(pe[None].shape, pe.sum(), np.round(pe, 2))
# --- positional encoding with div_term
import numpy as np
div_term = np.exp(np.arange(0, 8, 2) * -(np.log(10000.0) / 8))
print(np.round(div_term, 6))
# --- causal masks
import numpy as np
i = np.arange(4)[:, None]
j = np.arange(4)
print((i >= j).astype("int32"), np.where(i >= j, 0.0, -1e9))
# --- meshgrid and hanning by hand
import numpy as np
x, y = np.meshgrid(np.arange(3), np.arange(2))
print(x, y, 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(4) / 3))
# --- float32 arithmetic
import numpy as np
a = np.array([0.1, 0.2], dtype=np.float32)
print(a, a + a, a * 3, a.astype("float64"))
# --- in place on integers
import numpy as np
a = np.arange(4)
a *= 3
a[1:] -= 1
a[0] = 7.9
print(a, a.dtype)
# --- errors are ValueErrors
import numpy as np
for f in (lambda: np.arange(3) + np.arange(4), lambda: np.arange(6).reshape(4, 2), lambda: np.array([[1, 2], [3]]), lambda: np.ones((2, 3)) @ np.ones((2, 3))):
    try:
        f()
    except ValueError:
        print("ValueError")
# --- identity matrices
import numpy as np
print(np.identity(2).tolist(), np.identity(1, dtype=int).tolist(), np.identity(0).shape)
