# Arrays of random numbers have shapes, whatever is made of them.
import keras
import numpy as np

rng = np.random.default_rng(0)
words, size = 200, 16
table = 0.1 * (np.random.normal(0, 1, (words - 1, size)) - 0.5)
table = np.concatenate([np.zeros((1, size)), table]).astype("float32")
table[3] = np.random.rand(size)
x = rng.normal(size=(100, 12))[..., None]
x = (x - x.mean(0)) / x.std()
x = np.array([x[i].reshape(6, 2) for i in range(len(x))])
noise = np.zeros(x.shape)
noise += np.random.rand(*x.shape)
joined = np.concatenate([x, noise], axis=-1)[:80]
print(len(table), table.shape, joined.shape, noise.T.shape, np.sin(noise).ndim)

tokens = keras.Input((None,), dtype="int32")
steps = keras.Input(joined.shape[1:])
h = keras.layers.Embedding(len(table), table.shape[1])(tokens)
h = keras.layers.concatenate([keras.layers.LSTM(4)(h), keras.layers.LSTM(4)(steps)])
model = keras.Model([tokens, steps], keras.layers.Dense(1)(h))
model.compile("adam", "mse")


def sample(count, steps):
    rows, sums = np.random.uniform(0, 1, (count, steps)), np.zeros((count, 1))
    for i in range(len(rows)):
        a, b = np.random.choice(range(1, len(rows[i])), size=2, replace=False)
        sums[i] = 0.5 * rows[i, a : a + 1] + 0.5 * rows[i, b : b + 1]
        rows[i, a : a + 1] = 0.0
    return np.expand_dims(rows, axis=-1), sums


rows, sums = sample(20, 8)
print(rows.shape, sums.shape)
