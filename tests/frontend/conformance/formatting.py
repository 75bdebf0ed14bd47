# --- f-strings with plain values
name, n, x = "lstm", 3, 0.5
print(f"{name} {n} {x} {n + 1} {name.upper()} {[n, x]} {None} {True}")
# --- widths and alignment
for spec in ("10", "<10", ">10", "^10", "*^10", "-<10", "#>10"):
    print("|" + format("abc", spec) + "|")
# --- alignment of numbers
for spec in ("6", "<6", ">6", "^6", "06", "=6", "*=6", "+6", " 6", "+06"):
    print("|" + format(42, spec) + "|" + format(-42, spec) + "|")
# --- integer bases
print(f"{255:x} {255:X} {255:#x} {255:#X} {8:o} {8:#o} {5:b} {5:#b} {5:08b} {5:#010b} {-255:x}")
# --- thousands
print(f"{1234567:,} {1234567:_} {1234567.891:,.2f} {-1234567:,} {0xFFFFFFFF:_x} {123:,} {1234:010,}")
# --- fixed point
print(f"{3.14159:.2f} {3.14159:8.3f} {3.14159:<8.1f}| {-3.14159:+.1f} {3.14159:+.1f} {2.5:.0f} {1e10:.1f} {0.0:.3f}")
# --- exponents
print(f"{12345.678:e} {12345.678:.2e} {0.00012:E} {0:e} {1e-10:.1e} {123456789:.3e}")
# --- general format
print(f"{12345.678:g} {0.00001234:g} {1e20:g} {100000:g} {1000000:g} {0.5:g} {1.0:g} {12345.678:.3g} {1e-5:G}")
# --- percent
print(f"{0.25:%} {0.12345:.1%} {1:.0%} {-0.5:.2%} {0.25:10.1%}|")
# --- floats without a type
print(f"{1234.5:.6} {1234.5:.3} {0.1:.1} {100.0:.4} {1e20:.3} {3.0:5} {1.0:<6}|")
# --- text cut by a precision
print(f"{'abcdef':.3} {'abcdef':10.2}| {'ab':.10}|")
# --- nested fields in a format
width, precision, value = 10, 3, 3.14159265
print(f"{value:{width}.{precision}f}|{value:<{width}}|{'x':{'*'}^{width}}")
# --- conversions
s = "it's"
print(f"{s!r} {s!s} {[s]!r:>12} {1.0!r} {'a'!r:>6}")
# --- self-documenting fields
units = 64
print(f"{units=} {units = } {units + 1=} {units=:>6} {'a'=}")
# --- braces
print(f"{{}} {{{1}}} {{{{", f"{ {'a': 1}['a'] }", f"{ {1, } }")
# --- quotes and expressions in fields
d = {"a": 1, "b": [1, 2]}
print(f"{d['a']} {d['b'][1]} {len(d)} {max(1, 2)} {'yes' if d else 'no'} {(lambda v: v * 2)(4)}")
# --- format of bools and None
print(f"{True} {False:>6} {None} {True:d} {str(None):>6}|")
# --- special floats
print(f"{float('inf')} {float('nan'):.2f} {float('-inf'):8.1f}| {float('inf'):+}")
# --- percent formatting of numbers
print("%d %i %5d|%-5d|%05d %+d %x %X %o" % (42, 42, 42, 42, 42, 42, 255, 255, 8))
# --- percent formatting of floats
print("%f %.2f %8.3f|%-8.1f|%e %g %G %08.2f" % (3.14159, 3.14159, 3.14159, 3.14159, 31415.9, 0.0001, 1e-10, 3.14159))
# --- percent formatting of text
print("%s %r %10s|%-10s|%.2s %c %%" % ("abc", "abc", "abc", "abc", "abc", "x"))
# --- percent formatting with one value
print("%s" % "a", "%s" % 1, "%s" % None, "%d%%" % 50, "%s" % [1, 2], "%s" % (1,), "%s" % ((1, 2),))
# --- percent formatting with a dict
print("%(a)s and %(b)05.1f and %(a)r" % {"a": "x", "b": 2.5, "c": 0})
# --- percent formatting with stars
print("%*d|%-*d|%.*f" % (6, 42, 6, 42, 2, 3.14159))
# --- percent formatting truncates floats
print("%d %d" % (3.9, -3.9), "%x" % 16, "%s" % 1e-7, "%5.1f%%" % 12.345)
# --- str.format by position
print("{} {}".format(1, 2), "{0} {1} {0}".format("a", "b"), "{:>5}|{:<5}|{:^5}".format(1, 2, 3))
# --- str.format by name
print("{name}-{n:03d}".format(name="dense", n=7), "{a}{b}{a}".format(a=1, b=2))
# --- str.format with attributes and items
print("{0[0]} {0[1]} {d[x]}".format([10, 20], d={"x": 5}), "{0.real}".format(3))
# --- str.format with nested specs and conversions
print("{:{}.{}f}".format(3.14159, 8, 2), "{!r:>5}".format("a"), "{{}} {}".format(1), "{0!s}".format(None))
# --- format_map
print("{a} {b:.1f}".format_map({"a": 1, "b": 2}))
# --- format builtin
print(format(3.14159, ".2f"), format(255, "x"), format("a"), format(12), format(True), format([1]))
# --- zero filled
print("7".zfill(3), "-7".zfill(4), "+7".zfill(4), "abc".zfill(2), f"{7:03}", f"{-7:04}", f"{3.5:07.2f}")
# --- tables
rows = [("lstm", 4096, 0.12345), ("dense", 10, 12.5), ("x", 123456789, 0.0)]
for title, count, share in rows:
    print(f"{title:<8}{count:>12,d}{share:>10.3f}")
# --- big integers in formats
print(f"{2 ** 80:,} {2 ** 80:x} {10 ** 25:30d}| {-(10 ** 20):+} {2 ** 70:e}")
# --- concatenated f-strings
a = 1
print(f"a={a} " "plain {a} " f"again {a!r}" f"{a:>3}")
# --- triple quoted f-strings
v = 2
print(f"""first {v}
second {v * 2}
{'third'}""")
