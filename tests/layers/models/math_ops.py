# The functions of keras.ops on numbers: elementwise, reductions, norms, log-sum-exp, products.
import keras
from keras import ops
from keras.layers import Dense, Input

x = Input((5, 4))
h = Dense(4, activation="sigmoid")(x) + 0.5
elementwise = [
    ops.log1p(h), ops.expm1(0.3 * x), ops.sin(x), ops.cos(h), ops.tan(0.3 * x), ops.erf(x),
    ops.rsqrt(h), ops.reciprocal(h), ops.sign(x) * h, ops.floor(3 * x) * h, ops.ceil(x) - h,
    ops.log2(h), ops.log10(h), ops.power(h, 2.5), ops.power(h, 3), ops.negative(x), ops.sqrt(h),
    ops.maximum(x, h), ops.minimum(x, 0.3), ops.absolute(x), ops.divide(x, h), ops.mod(x, 1.3),
    ops.nn.silu(x), ops.numpy.square(x), ops.floor_divide(x, h), ops.true_divide(1, h),
    ops.zeros_like(x) + ops.ones_like(h) * ops.full_like(x, 0.5), ops.sigmoid(x), ops.exp(-x),
]
y = sum(elementwise) / len(elementwise)
reduced = [
    ops.logsumexp(y, axis=1), ops.amax(y, axis=1), ops.amin(x, axis=1), ops.var(y, axis=1),
    ops.std(x, axis=1), ops.norm(x, axis=1), ops.norm(x, ord=2, axis=-2), ops.mean(y, axis=-2),
    ops.sum(ops.normalize(x, axis=1), axis=1), ops.log_softmax(y, axis=1)[:, 0],
    ops.max(x, axis=[1], keepdims=True)[:, 0],
]
best = ops.one_hot(ops.argmax(x, axis=-1), 4)
joined = ops.concatenate([*reduced, ops.sum(best * y, axis=1)], axis=-1)
model = keras.Model(x, [Dense(2)(joined), ops.logsumexp(joined, axis=-1, keepdims=True)])
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
