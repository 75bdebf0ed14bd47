# --- if, elif, else
for n in (-1, 0, 5, 50):
    if n < 0:
        print("negative")
    elif n == 0:
        print("zero")
    elif n < 10:
        print("small")
    else:
        print("large")
# --- truth of values
for v in (0, 1, "", "a", [], [0], {}, {0: 0}, None, True, 0.0, (), (0,), range(0), range(1), set()):
    print(repr(v), bool(v), not v)
# --- and, or give operands
print(0 or "x", 1 and "y", "" or [] or "z", 1 and 0 and 2, None or 0, "a" or 1, 1 and 2, [] and 5)
# --- short circuit
log = []
def t(x, v):
    log.append(x)
    return v
t(1, False) and t(2, True)
t(3, True) or t(4, True)
t(5, True) and t(6, False) or t(7, 9)
print(log)
# --- not
print(not 1, not 0, not not "x", not None, not [], not (1 == 2))
# --- precedence
print(True or False and False, not True == False, (not True) == False, 1 < 2 and 2 < 3, not 1 in [2])
# --- conditional expressions
x = 5
print("big" if x > 3 else "small", 1 if x else 0, "a" if x > 9 else "b" if x > 4 else "c", [1] if x == 5 else [])
# --- nested conditional expressions evaluate one side
def f(v):
    print("eval", v)
    return v
print(f(1) if True else f(2), f(3) if False else f(4))
# --- is None
x = None
print(x is None, x is not None, 0 is not None, x == None)
# --- the main guard
if __name__ != "__main__":
    print("imported")
print(__name__)
# --- in conditions
mode = "add"
if mode in ("add", "sum"):
    print("addition")
if mode not in {"dot", "mul"}:
    print("no product")
# --- assert that holds
assert 1 + 1 == 2
assert [1], "not empty"
print("fine")
# --- pass and nested blocks
if True:
    if False:
        pass
    else:
        if True:
            print("deep")
# --- one line
if 1: print("a"); print("b")
if 0: print("c")
else: print("d")
