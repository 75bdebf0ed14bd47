# Sizes that no array has.
import numpy as np

np.identity(-1)
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
