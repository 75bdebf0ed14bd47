# tf.range of numbers.
import tensorflow as tf

assert [int(n) for n in tf.range(4)] == [0, 1, 2, 3]
assert [int(n) for n in tf.range(1, 5, 2)] == [1, 3]
assert [int(n) for n in tf.range(5, delta=2)] == [0, 2, 4]
assert [int(n) for n in tf.range(start=3, limit=None)] == [0, 1, 2]
assert [float(n) for n in tf.range(0.0, 1.0, 0.25)] == [0.0, 0.25, 0.5, 0.75]
assert tf.range(3).dtype == "int32" and tf.range(3.0).dtype == "float32"
assert tf.range(0, 3, 1, "float32").dtype == "float32"
