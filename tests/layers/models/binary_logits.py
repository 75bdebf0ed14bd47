# Several yes-or-no questions at once, from logits; all gradients are clipped together.
import keras
from keras import layers

x = layers.Input((None, 3))
model = keras.Model(x, layers.Dense(6)(layers.LSTM(5)(x)))
model.compile(
    optimizer=keras.optimizers.SGD(0.5, momentum=0.9, nesterov=True, global_clipnorm=0.05),
    loss=keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0), "mae"],
)
