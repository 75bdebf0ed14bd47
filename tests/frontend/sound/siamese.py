# Two sequences through one encoder, compared by the distance of their vectors.
from keras import backend, ops
from keras.layers import LSTM, Dense, Input, Lambda, Subtract
from keras.models import Model


def encoder(inputs):
    return shared_dense(shared_lstm(inputs))


shared_lstm = LSTM(24)
shared_dense = Dense(24, activation="relu")
left, right = Input((24, 24), name="left"), Input((24, 24), name="right")
a, b = encoder(left), encoder(right)
difference = Subtract()([a, b])
distance = Lambda(lambda d: ops.sqrt(ops.maximum(ops.sum(ops.square(d), axis=1, keepdims=True),
                                                 backend.epsilon())))(difference)
model = Model([left, right], Dense(1, activation="sigmoid")(distance))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
