import keras
from keras import layers as L

src_dim, tgt_dim, units, tgt_vocab = 256, 256, 512, 8000

enc_in = L.Input((None, src_dim), name="source")
enc_layer = L.Bidirectional(L.LSTM(units, return_sequences=True, return_state=True), name="encoder")
enc_out, fh, fc, bh, bc = enc_layer(enc_in)
state_h = L.Concatenate(name="h")([fh, bh])
state_c = L.Concatenate(name="c")([fc, bc])

dec_in = L.Input((None, tgt_dim), name="target")
dec_out, _, _ = L.LSTM(2 * units, return_sequences=True, return_state=True, name="decoder")(
    dec_in, initial_state=[state_h, state_c])
ctx, scores = L.AdditiveAttention(name="attn")([dec_out, enc_out], return_attention_scores=True)
merged = L.Concatenate(axis=-1)([dec_out, ctx])
probs = L.TimeDistributed(L.Dense(tgt_vocab, activation="softmax"), name="probs")(merged)
model = keras.Model(inputs={"source": enc_in, "target": dec_in}, outputs=probs)
model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"])
