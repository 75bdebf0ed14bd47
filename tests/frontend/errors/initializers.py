from keras import initializers
from keras.layers import Dense, Input

x = Input((3,))
Dense(4, kernel_initializer="glorot")(x)
Dense(4, kernel_initializer=3)(x)
initializers.RandomNormal(stddev=-1.0)
initializers.VarianceScaling(scale=0, mode="fan_inn", distribution="gaussian")
initializers.GlorotUniform(seed=1.5)
initializers.HeNormal(input_axes=[0])
initializers.Constant("1")
initializers.STFT()
model = 3
