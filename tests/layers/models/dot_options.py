# Dot with normalization, axes from the end, vectors with sequences, four axes; the functions of merging layers.
import keras
from keras import layers

a = layers.Input((5, 4), name="a")
v = layers.Input((4,), name="v")
h = layers.Dense(4, activation="tanh")(a)
cosine = layers.Dot(axes=-1, normalize=True)([a, h])  # (5, 5)
scores = layers.Dot(axes=(2, 1), normalize=True)([h, v])  # (5)
context = layers.Dot(axes=(-1, -2))([scores, a])  # (4)
similarity = layers.dot([context, v], axes=1, normalize=True)  # (1)
grid = layers.Reshape((5, 2, 2))(h)
folded = layers.Dot(axes=(3, 1))([grid, layers.Reshape((2, 10))(cosine[:, 1:])])  # (5, 2, 10)
merged = layers.add([layers.Flatten()(folded), layers.RepeatVector(7)(layers.Flatten()(folded))[:, 3]])
parts = [context, similarity, layers.Flatten()(cosine), merged, layers.multiply([v, context])]
# A vector for each sample meets a sequence as one step for all.
spread = layers.average([h, v])
model = keras.Model([a, v], layers.Dense(3)(layers.concatenate([*parts, spread[:, 2], scores])))
model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
