# --- numbers
def text(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
text(lambda: int("x"))
text(lambda: int("12z", 8))
text(lambda: float("x"))
text(lambda: int([]))
text(lambda: float([]))
text(lambda: 1 / 0)
text(lambda: 1 // 0)
text(lambda: 1 % 0)
text(lambda: 1.0 / 0)
text(lambda: 1.0 // 0)
text(lambda: 1.0 % 0)
text(lambda: max([]))
# --- elements
def text(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e, e.args)
text(lambda: {}["a"])
text(lambda: {}[(1, 2)])
text(lambda: {}.pop("a"))
text(lambda: [1][5])
text(lambda: (1,)[5])
text(lambda: "a"[5])
text(lambda: range(3)[4])
text(lambda: list("x")["a"])
text(lambda: [].pop())
text(lambda: [1].pop(3))
text(lambda: [1, 2].index(5))
text(lambda: (1, 2).index(5))
text(lambda: [1].remove(4))
text(lambda: "abc".index("z"))
text(lambda: {[]: 1})
text(lambda: int(3)[0])
text(lambda: (None or None)[0])
# --- operators
def text(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
text(lambda: 1 + "a")
text(lambda: "a" + 1)
text(lambda: [] + 1)
text(lambda: [] + "a")
text(lambda: None + 1)
text(lambda: "a" * "b")
text(lambda: "a" ** 2)
text(lambda: -"a")
text(lambda: 1 < "a")
text(lambda: sorted([1, "a"]))
text(lambda: len(3))
text(lambda: list(3))
text(lambda: int(3)())
text(lambda: sum(["a"]))
# --- names and attributes
def text(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
text(lambda: undefined)
text(lambda: "a".foo)
text(lambda: (3).foo)
text(lambda: None.foo)
def local():
    print(later)
    later = 3
text(local)
# --- arguments
def text(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
def two(a, b): pass
def some(a, b=1): pass
text(lambda: two(1))
text(lambda: two())
text(lambda: two(1, 2, 3))
text(lambda: two(1, 2, c=3))
text(lambda: two(1, a=3))
text(lambda: some(1, 2, 3))
# --- unpacking
def text(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
def many():
    a, b = [1, 2, 3]
def few():
    a, b, c = [1, 2]
def none():
    a, b = 3
def starred():
    a, b, *c = [1]
text(many)
text(few)
text(none)
text(starred)
# --- in handlers of handlers
try:
    try:
        [][0]
    except IndexError as e:
        print("inner", e)
        {}["k"]
except KeyError as e:
    print("outer", e)
