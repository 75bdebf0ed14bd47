# A training loop of the file's own, with a generator of batches, and text that the model goes on with.
import random
import time

import keras
import numpy as np
import tensorflow as tf

LETTERS, STEPS = 27, 30
with open("tale.txt", encoding="utf-8") as file:
    tale = file.read().lower()
codes = np.array([ord(letter) - ord("a") for letter in tale])

letters = keras.Input((STEPS, LETTERS))
hidden = keras.layers.LSTM(64)(letters)
model = keras.Model(letters, keras.layers.Dense(LETTERS)(hidden))
optimizer = keras.optimizers.Adam(1e-3)
loss = keras.losses.CategoricalCrossentropy(from_logits=True)
mean = keras.metrics.Mean(name="loss")
accuracy = keras.metrics.CategoricalAccuracy()


def batches(size):
    while True:
        starts = np.random.randint(0, len(codes) - STEPS, size)
        rows = np.stack([codes[start : start + STEPS + 1] for start in starts])
        one_hot = np.eye(LETTERS)[rows]
        yield one_hot[:, :-1], one_hot[:, -1]


def lines_with(word):
    for line in tale.splitlines():
        if word in line:
            yield line


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        value = loss(y, logits)
    gradients = tape.gradient(value, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    accuracy.update_state(y, logits)
    return value


source = batches(64)
first = next(lines_with("sea"))
for epoch in range(1_000_000):
    started = time.time()
    mean.reset_state()
    for _ in range(200):
        mean.update_state(train_step(*next(source)))
    print(f"epoch {epoch}: {mean.result():.4f}, {float(accuracy.result()):.1%}, {time.time() - started:.1f} s")
    seed = tale[:STEPS]
    while len(seed) < 400:
        x = np.zeros((1, STEPS, LETTERS))
        for step, letter in enumerate(seed[-STEPS:]):
            x[0, step, ord(letter) - ord("a")] = 1
        seed += chr(ord("a") + random.choices(range(LETTERS), weights=model.predict(x)[0])[0])
    if float(mean.result()) < 0.1:
        break

histories = {}
for units in (8, 16):
    small = keras.Sequential([keras.Input((STEPS, LETTERS)), keras.layers.LSTM(units), keras.layers.Dense(LETTERS)])
    small.compile("adam", loss)
    histories[units] = small.fit(source, steps_per_epoch=10).history["loss"][-1]
best = min(histories, key=histories.get)
print("best: %d units with %.3f" % (best, histories[best]))
assert small.layers[-2].name == "lstm_2"
model.compile("adam", loss)
