import keras
from keras import layers
from keras.layers import Bidirectional, GRU, Attention, LayerNormalization
base = dict(units=24, return_sequences=True, reset_after=True)
i1 = keras.Input((None, 8), name="past")
i2 = keras.Input((None, 3), name="known_future")
e = Bidirectional(GRU(**base), merge_mode="ave")(i1)
d = GRU(**{**base, "units": 24})(i2)
c = Attention(score_mode="concat")([d, e])
z = LayerNormalization()(layers.concatenate([d, c], axis=-1))
q = [layers.TimeDistributed(layers.Dense(1), name=f"q{int(p * 100)}")(z) for p in (0.1, 0.5, 0.9)]
model = keras.Model([i1, i2], q)
model.compile("adam", loss=["mae"] * 3, loss_weights=[1, 2, 1])
