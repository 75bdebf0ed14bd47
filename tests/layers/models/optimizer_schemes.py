# Gradients that are gathered over two steps, their norm clipped, in front of Adam with a
# schedule, and an average that takes the place of the weights.
import keras
from keras import constraints, optimizers
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
model = keras.Model(x, Dense(2, kernel_constraint=constraints.MaxNorm(0.7))(LSTM(4)(x)))
model.compile(
    optimizer=optimizers.Adam(
        optimizers.schedules.ExponentialDecay(0.02, 2, 0.5),
        weight_decay=0.1,
        clipnorm=0.5,
        gradient_accumulation_steps=2,
        use_ema=True,
        ema_momentum=0.75,
        ema_overwrite_frequency=2,
        loss_scale_factor=8.0,
    ),
    loss="mse",
)
