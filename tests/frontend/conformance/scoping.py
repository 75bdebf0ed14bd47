# --- locals hide globals
x = 1
def f():
    x = 2
    return x
print(f(), x)
# --- reading globals
n = 5
def f():
    return n * 2
n = 7
print(f())
# --- global statement
total = 0
def add(k):
    global total
    total += k
add(3)
add(4)
print(total)
# --- global makes a new name
def define():
    global fresh
    fresh = "made"
define()
print(fresh)
# --- comprehension variables stay inside
i = "outer"
squares = [i * i for i in range(3)]
print(i, squares, [i for i in [i]])
# --- loop variables stay outside
for k in range(3):
    last = k
print(k, last)
# --- blocks have no scope
if True:
    inside = 1
while True:
    more = 2
    break
print(inside, more)
# --- walrus in a comprehension assigns outside
found = [y := 3, y ** 2]
print(any((hit := v) > 2 for v in [1, 2, 3, 4]), hit, found, y)
# --- walrus in a function
def f(xs):
    if (n := len(xs)) > 2:
        return f"many {n}"
    return f"few {n}"
print(f([1, 2, 3]), f([]))
# --- walrus in while
data = [1, 2, 3, 0, 4]
i = -1
while (v := data[(i := i + 1)]) != 0:
    print(v, end=" ")
print(v, i)
# --- del removes a name
x = 1
del x
try:
    x
except NameError:
    print("gone")
# --- an unassigned local
x = 1
def f():
    try:
        return x
    except NameError:
        return "unbound"
    x = 2
print("local error" if f() == "unbound" else f())
# --- functions see names at call time
def later():
    return helper()
def helper():
    return "help"
print(later())
# --- names of builtins can be taken
def f(list, max=3):
    return len(list) + max
print(f([1, 2]))
sum = 5
print(sum)
# --- parameters are local
def f(a):
    a += 1
    return a
a = 10
print(f(a), a)
# --- nested comprehension scopes
print([[(i, j) for j in range(i)] for i in range(3)], [x for x in [y for y in range(3)]])
