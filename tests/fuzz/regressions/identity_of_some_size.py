# A matrix of ones on the diagonal, whose size is right; the others are none that arrays have.
import numpy as np

np.identity(411)
np.eye(-2)
np.eye(3, -1)
np.full(-1, 3)
np.zeros((2, -3))
np.empty(-1)
np.linspace(0, 1, -5)
np.repeat([1, 2], -1)
np.tile([1, 2], -1)
np.tile([1, 2], 10**12)
np.zeros(2.5)
np.zeros("3")
