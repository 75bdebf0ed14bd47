import keras
from keras import layers, ops


class NoSuper(layers.Layer):
    def __init__(self, units):
        self.units = units

    def call(self, x):
        return x


class NoCall(layers.Layer):
    pass


class NoResult(layers.Layer):
    def call(self, x):
        ops.tanh(x)


class MixedResult(layers.Layer):
    def call(self, x):
        return x, 3


class Late(layers.Layer):
    def call(self, x):
        return layers.Dense(4)(x)


class LateWeight(layers.Layer):
    def call(self, x):
        self.w = self.add_weight(shape=(8,))
        return x * self.w


class LateLayer(layers.Layer):
    def call(self, x):
        self.dense = layers.Dense(4)
        return self.dense(x)


shared = layers.Dense(8)


class Borrower(layers.Layer):
    def call(self, x):
        return shared(x)


class Trained(layers.Layer):
    def call(self, x, training=None):
        if training:
            x = x * 2
        return x


class Scaled(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.add_loss(0.0)

    def build(self, input_shape):
        self.w = self.add_weight("w", (input_shape[1], 8), initializer="ones")

    def call(self, x, factor=1.0):
        return x * self.w * factor


class Wrong(layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 3.5), initializer="glorot")
        self.bias = self.add_weight(shape=(input_shape[1],), constraint="nonneg", dtype="int32")

    def call(self, x):
        return ops.matmul(x, self.kernels)


x = keras.Input((10, 8), name="x")
y = keras.Input((None, 8), name="y")
a = NoSuper(3)(x)
b = NoCall()(x)
c = NoResult()(x)
c2 = NoResult()(x)
d = MixedResult()(x)
e = Late()(x)
f = LateWeight()(x)
g = LateLayer()(x)
h = Borrower()(x)
i = Trained()(x)
j = Scaled()(x, 2.0)
k = Scaled()(x, factor=2.0)
l = Wrong()(x)
m = Wrong(unit=3)
n = layers.Layer()
o = NoSuper
p = k * k.w
q = Scaled(name="scaled")
r = q(x)
s = x * q.w
t = layers.Lambda(lambda p: q(p))(x)
u = q(x, y, 3)
v = q()
w = Wrong()(y)


class Circle(layers.Layer):
    def __init__(self):
        super().__init__()
        self.me = self
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


circle = Circle()
circle.other = Circle()
circle.other.other = circle
aa = circle(x)
circle.trainable = False
nested = [x]
nested.append(nested)
ab = circle(nested)
