# More axes than the C interface of a compiled model can describe. In between there may be any number.
from keras import Input, Model
from keras.layers import PReLU, Reshape

x = Input((2, 3, 1, 1, 1, 1, 1))
y = Input((2, 1, 1, 1, 1, 1, 1, 1), name="nine")
h = Reshape((2, 3, 1, 1, 1, 1, 1, 1, 1))(x)
h = PReLU(name="slopes")(h)
z = Reshape((1, 2, 1, 1, 1, 1, 1, 1), name="wide")(y)
model = Model([x, y], [Reshape((6,))(h), z])
