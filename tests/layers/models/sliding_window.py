# Windows of keys over sequences whose length is only known when the model runs.
import keras
from keras import layers

query = keras.Input(shape=(None, 4), name="query")
value = keras.Input(shape=(None, 4), name="value")
near = layers.MultiHeadAttention(2, 3, sliding_window=2)(query, query)
causal = layers.GroupQueryAttention(3, 2, 1, sliding_window=2)(near, near, use_causal_mask=True)
cross = layers.MultiHeadAttention(1, 4, sliding_window=3)(causal, value)
pooled = layers.GlobalAveragePooling1D()(layers.Add()([near, causal, cross]))
model = keras.Model([query, value], layers.Dense(2)(pooled))
model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
