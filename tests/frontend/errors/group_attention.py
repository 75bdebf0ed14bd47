# What goes wrong with GroupQueryAttention and with Conv1DTranspose.
import keras
from keras.layers import Conv1DTranspose, GroupQueryAttention, MultiHeadAttention

x = keras.Input((5, 6), name="x")
y = keras.Input((5, 4), name="y")
GroupQueryAttention(4, 3, 2)
GroupQueryAttention(4, 0, 2)
GroupQueryAttention(4, 4, 2, sliding_window=0)
GroupQueryAttention(4, 4, 2)(x)
GroupQueryAttention(4, 4, 2)(x, y)
MultiHeadAttention(2, 3, sliding_window=1.5)
MultiHeadAttention(2, 3, attention_axes="1")
Conv1DTranspose(3, 2, strides=2, output_padding=2)
Conv1DTranspose(3, 2, strides=2, dilation_rate=2)
Conv1DTranspose(3, 2, padding="causal")
Conv1DTranspose(3, 4, strides=2, padding="same", output_padding=0)(x)
Conv1DTranspose(3, 4)(keras.Input((6,)))
