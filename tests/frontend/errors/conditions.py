import keras
from keras import ops
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
ops.cast(x, float)
ops.logical_and(x > 0, y > 0)
Lambda(lambda t: 1 if t > 0 else 0)(x)
ops.full_like(x, "a")
ops.ones_like(x, dtype="int32")
x != "a"
x in [x, y]
keras.Model(x, x > 0)
