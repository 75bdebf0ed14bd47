# It looked for a parameter that only np.eye has.
import numpy as np

np.identity(411)
