# The smaller losses, one for each output, and their metrics; the AMSGrad form of Adam.
import keras
from keras import layers

x = layers.Input((3, 4))
h = layers.LSTM(6)(x)
names = ["log_cosh", "msle", "mape", "poisson", "hinge", "squared_hinge", "categorical_hinge", "kl_divergence"]
outputs = [layers.Dense(3, activation="softmax", name="out_" + name)(h) for name in names]
direction = layers.Dense(4, name="direction")(h)
model = keras.Model(x, outputs + [direction])
model.compile(
    optimizer=keras.optimizers.Adam(0.01, beta_1=0.8, beta_2=0.9, epsilon=1e-2, amsgrad=True, weight_decay=0.02),
    loss=names + ["cosine_similarity"],
    metrics=[["log_cosh_error", keras.metrics.LogCoshError(), keras.losses.huber]] + names[1:] + ["cosine_similarity"],
)
