1 + "a"
[1] + (2,)
1 / 0
5 % 0
2**70
9223372036854775807 + 1
99999999999999999999
a, b = 1, 2, 3
a, *b = ()
[1, 2][5]
{"units": 3}["unit"]
{[]: 1}
"x" < 1
len(3)
int("x")
range(1, 2, 0)
for x in 5:
    inner = x
inner + 1
sorted([1, "a"])
max([])
3()
"%d" % 3
try:
    z = 1
except ValueError:
    pass
z + 1


class Net:
    pass


Net()
{1, 2}
f"{1:x<99999}"
None.x
del undefined
if undefined:
    q = 1
q
0 ** -1
(-2.0) ** 0.5
