# Probabilities that are products of sigmoids: the loss only clips them. Gradients clipped by value.
import keras
from keras import layers

x = layers.Input((4, 3))
h = layers.LSTM(7)(x)
both = layers.Multiply()([layers.Dense(5, activation="sigmoid")(h) for _ in range(2)])
model = keras.Model(x, both)
model.compile(
    optimizer=keras.optimizers.SGD(0.3, clipvalue=0.004),
    loss=keras.losses.BinaryCrossentropy(label_smoothing=0.1),
    metrics=["binary_accuracy"],
)
