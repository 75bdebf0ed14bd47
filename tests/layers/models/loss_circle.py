# Embeddings of one class are to be near each other. Without a mask on the diagonal each is near itself.
import keras
from keras.layers import Dense, Input, UnitNormalization

x = Input((4,))
h = Dense(5, activation="tanh")(x)
one = UnitNormalization(name="one")(Dense(3)(h))
other = UnitNormalization(name="other")(Dense(4)(h))
model = keras.Model(x, [one, other])
model.compile(
    optimizer=keras.optimizers.SGD(1e-3),
    loss=[keras.losses.Circle(gamma=8.0, margin=0.25), "circle"],
    loss_weights=[1.0, 0.02],
)
