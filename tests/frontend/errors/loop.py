# Mistakes in later iterations of loops.
import keras
from keras import layers
x = keras.Input((10, 8))
sizes = [8, 8, 16, 32]
for i, size in enumerate(sizes):
    y = layers.Dense(size)(x)
    x = layers.Add()([x, y])
heads = [layers.Dot(axes=(2, 2))([x, layers.Dense(n)(x)]) for n in (8, 8, 4)]
n = 0
while n < 3:
    n += 1
    z = layers.Reshape((5, 16 + (n == 3)))(x)
model = keras.Model(x, layers.Dense(1)(x))
