# Targets that are no shares: Keras' gradient of a cross-entropy of logits is softmax - target all the same.
import keras
from keras import layers

x = layers.Input((None, 3))
model = keras.Model(x, layers.Dense(4)(layers.LSTM(5, return_sequences=True)(x)))
model.compile(
    optimizer=keras.optimizers.SGD(0.05, clipnorm=0.1, weight_decay=0.5),
    loss=keras.losses.CategoricalCrossentropy(from_logits=True, name="open_shares"),
    metrics=["accuracy"],
)
