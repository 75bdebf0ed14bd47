import keras
from keras.layers import ConvLSTM1D, Conv2D as Convolution, Dense, Discretization, Input
from keras.layers import Dropuot
from keras.ops import *
from keras.optimizers import Muon

x = Input((5, 3))
ConvLSTM1D(4)(x)
layers = {"conv": Convolution, "dense": Dense}
make = lambda: Discretization(10, 4)
svd(x)
model = keras.Model(x, Dense(2)(sum(x, axis=1)))
make()

if __name__ == "__main__":
    model.compile(optimizer=Muon(0.1), loss="mse")
