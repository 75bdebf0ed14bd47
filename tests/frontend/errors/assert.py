units, heads = 10, 3
assert units % heads == 0, "heads must divide units"
undefined
