# Statistics of the batch in training, moving averages in use; a frozen layer has the latter in
# training as well, one that is called twice moves twice.
import keras
from keras import layers

x = keras.Input((None, 3))
y = layers.BatchNormalization(center=False)(layers.Dense(4, use_bias=False)(x))
y = layers.Activation("tanh")(y)
shared = layers.BatchNormalization(momentum=0.9, epsilon=0.01, center=False)
y = shared(layers.Activation("tanh")(shared(y)))
frozen = layers.BatchNormalization(scale=False)
frozen.trainable = False
y = frozen(layers.Conv1D(3, 2, padding="same", use_bias=False)(y))
y = layers.BatchNormalization(axis=1, momentum=0.5)(layers.GlobalAveragePooling1D()(y))
model = keras.Model(x, layers.Dense(2)(y))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
