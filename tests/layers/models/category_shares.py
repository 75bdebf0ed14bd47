# Shares that are no softmax: the loss divides them by their sum and clips; steps of a centered RMSprop.
import keras
from keras import layers

x = layers.Input((None, 4))
h = layers.LSTM(6)(x)
votes = [layers.Dense(5, activation="softmax")(h) for _ in range(2)]
model = keras.Model(x, layers.Add(name="votes")(votes))
model.compile(
    optimizer=keras.optimizers.RMSprop(0.01, rho=0.8, momentum=0.5, epsilon=1e-3, centered=True),
    loss="categorical_crossentropy",
    metrics=["categorical_accuracy", keras.metrics.CategoricalCrossentropy(name="smooth", label_smoothing=0.2)],
)
