# --- integers
print(1_000_000, 0x_FF, 0b1010, 0o17, 0xdead_beef, 00, 123456789012345678901234567890)
# --- floats
print(1.5, .5, 5., 1e3, 1E-3, 1_0.5_0, 2.5e+2, 0e0, 1e308 * 10)
# --- strings
print('single', "double", '''triple''', """also""", 'a' "b" '''c''', "")
# --- raw and unicode prefixes
print(r"\d+\n", u"text", R'\x', f"{1}", rf"\{1}", fR"{2}\n")
# --- escapes
print("a\tb|\x41|\u00e9|\U0001F600|\101|\'|\"|\\|\a".replace("\a", "BEL"))
# --- line continuation
total = 1 + \
    2 + \
    3
text = ("first "
        "second")
print(total, text, (1 +
    2))
# --- displays over several lines
layers = [
    ("lstm", 64),  # a comment
    ("dense", 10),

    # another
]
config = {
    "a": 1,
    "b": (
        2,
        3,
    ),
}
print(layers, config)
# --- constants
print(None, True, False, ..., __name__)
# --- tuples of one and none
print((), (1,), ((),), [()], {()})
# --- semicolons and comments
a = 1; b = 2; print(a + b)  # sum
# nothing here
print("# no comment")
# --- unary operators
print(-1, +1, ~1, --1, -+-2, not True, -2 ** 2, (-2) ** 2, 2 ** -1, ~-5)
# --- precedence
print(1 + 2 * 3, (1 + 2) * 3, 2 ** 3 ** 2, 10 - 5 - 2, 7 // 2 * 2, 1 | 2 ^ 3 & 4, 1 << 2 + 1, not 0 == 1, -3 % 5, 2 * 3 % 4)
# --- names beyond ASCII
größe = 5
π = 3.14
print(größe, π)
# --- docstrings and expression statements
"""A module text."""
1 + 1
...
print("done")
# --- very long integers
print(10 ** 100)
print(len(str(2 ** 1000)))
