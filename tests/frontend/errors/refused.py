eval("1 + 1")
exec("x = 1")
compile("1", "", "eval")
__import__("keras")
globals()
open("x")
vars()
dir()
exit()
bytes(3)
bytearray(3)
memoryview(3)
complex(1, 2)
breakpoint()
help()
ascii("x")
issubclass(int, int)
object()
iter(len, 3)
"x".encode()
"größe".upper()
with 3 as y:
    pass
x = [1]
x.units = 3
len.name = 3
del x.units
x[0][0] = 1
(1, 2)[0] = 3
"ab"[0] = "c"
del (1, 2)[0]
isinstance(1, 3)
print(*[1], sep=3)
range(2**70)
