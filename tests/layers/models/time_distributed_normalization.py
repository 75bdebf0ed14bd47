# Each step is a batch of its own for what takes statistics of batches, and moves their averages in
# its turn.
import keras
from keras import layers

frames = keras.Input((3, 6, 2), name="frames")
steps = keras.Input((4, 5, 3), name="steps")
frame = keras.Input((6, 2), name="frame")
h = layers.Conv1D(4, 3, padding="same", use_bias=False)(frame)
h = layers.BatchNormalization(momentum=0.8)(h)
reader = keras.Model(frame, layers.GlobalAveragePooling1D()(layers.ReLU()(h)), name="reader")
read = layers.TimeDistributed(reader)(frames)
twice = layers.TimeDistributed(
    layers.TimeDistributed(layers.BatchNormalization(momentum=0.9, axis=1))
)(frames)
normal = layers.TimeDistributed(layers.BatchNormalization(momentum=0.7))(steps)
masked = layers.Masking()(keras.ops.where(steps[..., :1] > -0.5, steps, 0.0))
masked = layers.TimeDistributed(layers.BatchNormalization(epsilon=0.1))(masked)
outputs = [layers.Dense(2)(read), layers.Dense(2)(twice), layers.Dense(2)(normal)]
outputs.append(layers.Dense(2)(masked))
model = keras.Model([frames, steps], outputs)
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
