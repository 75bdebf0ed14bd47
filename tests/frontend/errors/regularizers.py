import keras
from keras.layers import LSTM, Dense
from keras.regularizers import L1, L2, l2

x = keras.Input((3,))
Dense(2, kernel_regularizer="l1_l2")
Dense(2, kernel_regularizer=0.01)
Dense(2, kernel_regularizer=L2(-0.1))
Dense(2, kernel_regularizer=l2(True))
Dense(2, kernel_regularizer=lambda w: keras.ops.sum(w))
Dense(2, activity_regularizer=0.1)
Dense(2, kernel_regulariser=L1(0.1))
LSTM(2, recurrent_regularizer=keras.regularizers.OrthogonalRegularizer("a"))
L2(l=0.1)
keras.regularizers.OrthogonalRegularizer(0.1, mode="both")
