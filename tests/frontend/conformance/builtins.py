# --- len
print(len(""), len("abc"), len([1, 2]), len({}), len({1, 2}), len(range(10)), len((1,)), len({"a": 1}.items()))
# --- sum
print(sum([1, 2, 3]), sum([]), sum([1], 10), sum((0.5, 0.5)), sum(range(101)), sum([[1], [2]], []), sum([1, 2], start=5))
# --- min and max
print(min(3, 1, 2), max([3, 1, 2]), min("b", "a"), max("abc"), min([], default=0), max([], default=None), max([1, 2], key=lambda x: -x), min({"b": 1, "a": 2}))
# --- min and max prefer the first
print(max([1, 1.0]), min([True, 1]), max([("a", 1), ("b", 1)], key=lambda p: p[1]), min("bB", key=str.lower))
# --- sorted
print(sorted([3, 1, 2]), sorted("cab"), sorted([3, 1, 2], reverse=True), sorted(["b", "A"], key=str.lower), sorted({2: 0, 1: 0}), sorted([]), sorted([(1, 2), (1, 1)]))
# --- reversed, enumerate, zip
print(list(reversed([1, 2, 3])), list(enumerate(["a"], start=1)), list(zip([1], [2], [3])), list(zip("ab", range(9))), list(reversed((1, 2))))
# --- zip strict
print(list(zip([1, 2], [3, 4], strict=True)))
try:
    list(zip([1], [2, 3], strict=True))
except ValueError:
    print("unequal")
# --- map and filter
print(list(map(int, "123")), list(map(str, [1, 2])), list(map(max, [1, 5], [3, 2])), list(filter(None, [0, 1, "", "a"])), list(filter(str.isdigit, ["1", "a"])))
# --- map is lazy
log = []
m = map(log.append, [1, 2])
print(log)
list(m)
print(log)
# --- iter and next
it = iter([1, 2])
print(next(it), next(it), next(it, "over"))
it = iter("ab")
for c in it:
    print(c)
print(list(it))
# --- any and all
print(any([]), any([0, ""]), any([0, 1]), all([]), all([1, "a"]), all([1, 0]), any(x > 2 for x in [1, 3]), all(isinstance(x, int) for x in [1, 2]))
# --- isinstance
print(isinstance(1, int), isinstance(True, int), isinstance(1.0, int), isinstance("a", str), isinstance([], (tuple, list)), isinstance({}, dict), isinstance(None, type(None)), isinstance({1}, set), isinstance((), tuple), isinstance(10 ** 30, int), isinstance(1, (str, (float, int))), isinstance(1, object))
# --- type
print(type(1), type(1.0), type("a"), type([]), type(()), type({}), type(None), type(True), type(set()), type(range(1)), type(1) is int, type([]) == list, type(10 ** 30))
# --- type names
print([type(v).__name__ for v in (1, 1.0, "", None, [], (), {}, set(), True, range(0))], int.__name__)
# --- bool, int, float, str
print(bool(1), bool([]), bool("False"), int("5"), int(5.9), int(True), float("2.5"), float(3), str(3.0), str([1]), int(), float(), str(), bool())
# --- list, tuple, dict, set from each other
print(list({"a": 1}), tuple([1, 2]), list("ab"), dict([["k", "v"]]), set([1, 1]), tuple(), list(), dict(), tuple({1: 2}.items()), list(map(list, ["ab", "c"])))
# --- abs, round, divmod, pow
print(abs(-2), abs(-2.5), round(2.567, 1), divmod(7, 3), pow(2, 5), pow(2, 5, 3), abs(-0.0), round(-2.5))
# --- repr
print(repr(1), repr("a"), repr([1, "b"]), repr(None), repr((1,)), repr({"a": 1}), repr(1.0), repr("\n"))
# --- print with sep and end
print(1, 2, 3, sep="-")
print("a", "b", sep="", end="!\n")
print("x", end="")
print()
print(*[1, 2], sep="\n")
print("a", None, True, 1.5, sep=", ")
# --- getattr, hasattr
print(hasattr("a", "upper"), hasattr("a", "nope"), getattr("abc", "upper")(), getattr(1, "nope", "default"), hasattr([], "append"), getattr(5, "real"))
# --- callable and id
a = []
print(callable(len), callable(1), id(a) == id(a), id(a) == id([]), hash("a") == hash("a"))
# --- chr, ord, hex, bin, oct
print(chr(65), ord("A"), hex(17), bin(5), oct(9), [chr(c) for c in range(97, 100)])
# --- slice and range objects
print(slice(1, 2), range(3), range(1, 5, 2), list(range(5))[slice(1, 3)])
# --- functions as arguments
print(list(map(len, ["a", "bb"])), max(["a", "bb"], key=len), sorted([1, -2], key=abs), list(map(float, ["1", "2.5"])))
# --- NotImplemented is rare, Ellipsis is not
print(..., Ellipsis is ..., type(...).__name__)
# --- sums of products
w, x = [0.5, -1.0, 2.0], [2.0, 3.0, 0.25]
print(sum(a * b for a, b in zip(w, x)), sum(map(lambda a, b: a * b, w, x)))
