# The mean of two softmaxes: probabilities without logits, which the loss has to clip.
import keras
from keras import layers, ops

x = layers.Input(shape=(1, 3))
h = layers.LSTM(8)(x)
first = layers.Dense(4, activation="softmax")(h)
second = layers.Dense(4, activation="softmax")(h)
mixed = layers.Lambda(lambda p: 0.5 * (p[0] + p[1]))([first, second])
model = keras.Model(x, mixed)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.5),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
