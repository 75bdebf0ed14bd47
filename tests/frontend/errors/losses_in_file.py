import keras
from keras import layers, losses, ops

x = keras.Input((5, 3))
model = keras.Model(x, layers.Dense(4)(layers.LSTM(6, return_sequences=True)(x)))


def compile(loss):
    model.compile("sgd", loss)


compile(losses.MeanSquaredError(reduction="none"))
compile(losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None))
compile(lambda labels, y: losses.SparseCategoricalCrossentropy(reduction="none")(labels, y[:, :2]))
compile(lambda labels, y: losses.sparse_categorical_crossentropy(y, labels))
compile(lambda labels, y: losses.MeanSquaredError()(labels, y, sample_weight=ops.ones((7,))))
compile(lambda labels, y: losses.MeanSquaredError(reduction="mean_with_sample_weight")(labels, y))
compile(lambda labels, y: losses.MeanSquaredError()(labels, y, sample_weight="each"))
