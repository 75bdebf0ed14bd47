import keras
from keras import layers, ops
from keras.layers import Input, Lambda

x = Input((5, 3), name="x")
y = Input((5, 4), name="y")
if x > 0:
    z = 1
a = x if x else y
b = x > 0 and x < 1
c = not x
d = 0 < x < 1
assert x > 0
while x:
    pass
e = [t for t in (x, y) if t]
f = any([x > 0])
x > y
x > "a"
x & y
(x > 0) | y
~x
(x > 0) & (x == 1)
(x > 0) + (x < 1)
ops.add(x > 0, x < 1)
ops.where(x == x, x, 0)
ops.where(x > 0, x, y)
ops.where(x > 0)
ops.where(x > 0, x, "a")
ops.clip(x, None, 1)
ops.cast(x, "int32")
ops.cast(x, str)
ops.logical_and(x > 0, y > 0)
Lambda(lambda t: 1 if t > 0 else 0)(x)
ops.full_like(x, "a")
ops.ones_like(x, dtype="string")
x != "a"
x in [x, y]
keras.Model(x, x > 0)
-(x > 0)
(x > 0) > (x > 1)
ops.mod(x > 0, x > 1)
ops.softmax(x > 0)
ops.negative(x > 0)
ops.logsumexp(x > 0, axis=1)
ops.glu(y > 0)
ops.relu(x > 0)
-ops.max(x > 0, axis=1)
-abs(x > 0)
(x > 0) @ ops.transpose(x > 0, (0, 2, 1))
ops.einsum("bij,bkj->bik", x > 0, x > 0)
layers.Activation("sigmoid")(x > 0)
layers.Softmax()(x > 0)
layers.LeakyReLU()(x > 0)
layers.PReLU()(x > 0)
layers.Add()([x > 0, x > 1])
layers.Maximum()([x > 0, x > 1, x])
layers.Dot((2, 2))([x > 0, x > 1])
layers.Dot((2, 2), normalize=True)([x > 0, x])
