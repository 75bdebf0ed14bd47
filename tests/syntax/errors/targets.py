f(x) = 3
1 = x
a + b = c
hidden-size = 64
None = 1
(a, "b") = 1, 2
[*a, *b] = c
*d = e
x == 1 = y
f() += 1
for 3 in x:
    pass
del f(x)
lambda: 0 = 1
