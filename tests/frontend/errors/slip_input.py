# Shapes that are no tuples.
from keras.layers import Input
a = Input(10, 8)
b = Input(32, 10, 8)
c = Input(10)
d = Input("x")
e = Input(shape=(10, 8.0))
f = Input(shape=[10, 8], batch=32)
g = Input((0, 8))
h = Input((-1, 8))
i = Input(shape=8)
j = Input(input_shape=(10, 8))
k = Input()
l = Input(shape="10, 8")
