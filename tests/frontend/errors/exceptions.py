# What no handler takes is reported where it is raised.
try:
    units = {"a": 1}["b"]
except ValueError:
    units = 3
print(units + 1)

try:
    1 + "a"
finally:
    done = True

try:
    pass
except 3:
    pass

try:
    {}["x"]
except 3:
    rate = 1
print(rate)
try:
    for i in range(10**9):
        pass
except Exception:
    pass
