# Nested lists, tuples and dicts: keras.tree and tf.nest.
import keras
import tensorflow as tf

nested = {"b": [1, (2, 3)], "a": 4}
for nest in (keras.tree, tf.nest):
    assert nest.flatten(nested) == [4, 1, 2, 3]
    assert nest.flatten(5) == [5] and nest.flatten([]) == []
    assert nest.map_structure(lambda v: 2 * v, nested) == {"b": [2, (4, 6)], "a": 8}
    assert nest.map_structure(lambda v, w: v - w, (3, [2]), (1, [5])) == (2, [-3])
    assert nest.pack_sequence_as(nested, range(4)) == {"b": [1, (2, 3)], "a": 0}
    assert nest.is_nested(()) and nest.is_nested({}) and not nest.is_nested("text")
assert list(keras.tree.map_structure(str, {"b": 1, "a": 2})) == ["b", "a"]
