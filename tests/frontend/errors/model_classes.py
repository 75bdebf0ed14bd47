import keras
from keras import layers


class Net(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


class Half(keras.Model):
    def __init__(self):
        super().__init__(inputs=keras.Input((3,)))


net = Net(2)
net.summary()
net.fit([1], [2])
net.build(8)
net.build((None, "a"))
net.build((None, 8))
net.compil(loss="mse")
Half()
net(3)
inner = keras.Model(keras.Input((4,), name="a"), keras.Input((4,), name="b"))
tower_in = keras.Input((4,), name="tower_in")
tower = keras.Model(tower_in, layers.Dense(2)(tower_in))
x = keras.Input((5,), name="x")
tower(x)
tower([x, x])
layers.Lambda(lambda t: tower(t))(tower_in)
