import keras
from keras.layers import ConvLSTM1D, Conv2D as Convolution, Dense, EinsumDense, Input
from keras.layers import Dropuot
from keras.ops import *
from keras.optimizers import Lamb

x = Input((5, 3))
ConvLSTM1D(4)(x)
layers = {"conv": Convolution, "dense": Dense}
make = lambda: EinsumDense(10, 4)
prod(x)
model = keras.Model(x, Dense(2)(sum(x, axis=1)))
make()

if __name__ == "__main__":
    model.compile(optimizer=Lamb(0.1), loss="mse")
