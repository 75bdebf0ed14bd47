# --- every step
a = list(range(10))
for step in (1, 2, 3, 11, -1, -2, -3, -11):
    print(step, a[::step], a[2::step], a[:7:step], a[7:2:step], a[-3::step])
# --- bounds beyond the ends
a = [0, 1, 2]
print(a[-10:10], a[5:], a[:-5], a[10:-10:-1], a[10**30:], a[:-10**30], a[3:3])
# --- slice assignment of the same length
a = list(range(6))
a[1:3] = ["x", "y"]
print(a)
# --- slice assignment that grows and shrinks
a = [1, 2, 3, 4]
a[1:3] = [9]
print(a)
a[1:1] = [7, 8]
print(a)
a[:0] = [0]
a[len(a):] = (5, 6)
print(a)
a[2:4] = []
print(a)
a[:] = "xyz"
print(a)
# --- slice assignment with a step
a = list(range(8))
a[::2] = [0, 0, 0, 0]
print(a)
a[1::3] = "abc"
print(a)
a[::-1] = list(range(8))
print(a)
# --- slice assignment to itself
a = [1, 2, 3]
a[1:2] = a
print(a)
# --- deletion of elements and slices
a = list(range(10))
del a[0]
del a[-1]
print(a)
del a[1:3]
print(a)
del a[::2]
print(a)
del a[:]
print(a)
# --- deletion with a negative step
a = list(range(8))
del a[::-3]
print(a)
# --- slices of tuples and text
t = (1, 2, 3, 4)
print(t[1:], t[::-1], t[:2] + t[2:] == t, "abcdef"[4:1:-1], "abc"[::-1][0])
# --- slices of ranges
r = range(10)
print(r[2:5], r[::2], r[::-1], list(r[-3:]), r[3], r[-1], range(0, 20, 3)[1:4])
# --- slice objects
s = slice(1, 4)
a = list(range(6))
print(a[s], a[slice(None, None, 2)], a[slice(2)], s, slice(3))
# --- windows
a = list(range(6))
print([a[i:i + 3] for i in range(len(a) - 2)], [a[i:i + 2] for i in range(0, len(a), 2)])
# --- augmented assignment to a slice
a = [1, 2, 3]
a[1:] += [4]
print(a)
a[:1] *= 3
print(a)
