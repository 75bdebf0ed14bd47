units = 8
a = f"{units"
b = f"{}"
c = f"{units!x}"
d = f"units}"
e = f"{units + }"
f = f"{units:>{width}"
g = f"{units
h = f"ok {units!r:>10} {units=} {{}}"
