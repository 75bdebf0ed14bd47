from keras import ops
from keras.layers import Dense, Input, Lambda

x = Input((5, 3), name="x")
y = Input((5, 3), name="y")
Lambda(lambda t: t + y)(x)
Lambda(lambda t: Dense(2)(t))(x)
Lambda(lambda t: 3)(x)
Lambda(lambda t: None)(x)
Lambda(lambda: 3)(x)
Lambda(3)
Lambda(lambda t: ops.sum(t, axis=4))(x)


def helper(t):
    return t + missing


Lambda(helper, name="named")(x)
kept = []
Lambda(lambda t: kept.append(t) or t)(x)
Dense(2)(kept[0])
Lambda(lambda t: ops.repeat(t, 2, axis=1) if ops.shape(t)[1] > 3 else t)(Input((None, 3)))
Lambda(lambda t: ops.reshape(t, (-1, ops.shape(t)[1], 2)))(Input((None, 3)))
Lambda(lambda t: t[:, : ops.shape(t)[1] / 2])(Input((None, 3)))
Lambda(lambda t: t[:, :: ops.shape(t)[1]])(Input((None, 3)))
