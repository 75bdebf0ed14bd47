# What a comprehension, a generator, map, filter or sorted was at when something went wrong.
from keras import layers, Input, Model

x = Input((10, 3))
a = [layers.Dense(4 - i)(x) for i in range(6)]
b = [layers.Dense(units)(x) for units, name in [(3, "a"), (0, "b")]]
c = {k: layers.Dense(v)(x) for k, v in {"a": 3, "b": None}.items()}
d = sum(1 // i for i in [2, 1, 0])
e = [[layers.Dense(i * (2 - j))(x) for j in range(3)] for i in range(1, 3)]
f = [layers.Dense(4 - i - j)(x) for i in range(3) for j in range(3) if 6 // (3 - i)]
g = list(map(lambda n: layers.Dense(n)(x), [3, 2, "1"]))
h = list(filter(lambda n: 1 // n, [1, 0]))
k = sorted([3, 0], key=lambda n: 1 // n)
for i in range(3):
    l = [layers.Dense(2 - i - j)(x) for j in range(2)]
model = Model(x, x)
