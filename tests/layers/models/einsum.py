# Products in Einstein's notation: two operands and three, sums, outer products, `...`.
import keras
from keras import ops
from keras.layers import Dense, Input, Reshape

a = Input((7, 6), name="a")
b = Input((4, 6), name="b")
q = Reshape((7, 2, 3))(Dense(6, activation="tanh")(a))
k = Reshape((4, 2, 3))(Dense(6, activation="tanh")(b))
scores = ops.einsum("bqhd,bkhd->bhqk", q, k)
weights = ops.softmax(scores / 3**0.5, axis=-1)
context = ops.einsum("bhqk,bkhd->bqhd", weights, k)
both = ops.einsum("...d,...d->...", context, q)  # (7, 2)
outer = ops.einsum("bi,bj->bij", both[:, :, 0], b[:, 1])  # (7, 6)
total = ops.einsum("bij,bij,bi->bj", outer, a, both[:, :, 1])  # (6)
turned = ops.einsum("bij->bji", outer)
summed = ops.einsum("bij->bj", turned) + ops.einsum("bki,bj->b", b, total)[:, None]
row = ops.einsum("bji->bij", turned)[:, 2] / 6
model = keras.Model([a, b], Dense(3)(ops.concatenate([total, summed, row], axis=-1)))
model.compile(optimizer=keras.optimizers.SGD(1e-6), loss="mse")
