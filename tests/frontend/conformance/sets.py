# --- making sets
print(set(), {1}, {1, 2, 2}, set([3, 1, 2]), len({1, 1.0, True}), frozenset([1, 2]), set("a"), frozenset())
# --- order of small integers
print({3, 1, 2}, set(range(10)), {5, 4, 3, 2, 1}, set([9, 7, 8]), {100, 3, 50})
# --- order of larger sets
print(set(range(20, 0, -1)), {x * x for x in range(12)}, {-1, -2, 5, 40, 33})
# --- algebra
a, b = {1, 2, 3}, {2, 3, 4}
print(a | b, a & b, a - b, a ^ b, b - a)
print(a.union(b, [9]), a.intersection(b), a.difference(b), a.symmetric_difference(b))
# --- comparison
a = {1, 2}
print(a < {1, 2, 3}, a <= a, a < a, {1, 2, 3} > a, a == {2, 1}, a != {1}, a.issubset([1, 2, 3]), {1, 2, 3}.issuperset(a), a.isdisjoint({5}))
# --- add, discard, remove, pop
s = {1}
s.add(2)
s.add(2)
s.discard(9)
s.remove(1)
print(s, len(s), s.pop(), s)
# --- update
s = {1}
s.update([2, 3], {4})
print(s)
s.intersection_update([1, 2, 9])
print(s)
s.difference_update([2])
print(s)
s |= {7}
s -= {1}
s ^= {7, 8}
print(s)
# --- membership
s = {1, "a", (2, 3), None}
print(1 in s, "a" in s, (2, 3) in s, None in s, 2 in s, 1.0 in s)
# --- comprehensions
print({x % 3 for x in range(10)}, {c for c in "aabb"} == {"a", "b"}, sorted({len(w) for w in ("a", "bb", "cc")}))
# --- frozenset as a key
d = {frozenset([1, 2]): "pair"}
print(d[frozenset([2, 1])], frozenset([1]) == {1}, frozenset([1]) | {2})
# --- removing duplicates
a = [3, 1, 3, 2, 1]
print(sorted(set(a)), list(dict.fromkeys(a)), len(set(a)) == len(a))
# --- sets are true when they have elements
print(bool(set()), bool({0}), not set())
# --- iteration in sorted order
for name in sorted({"b", "a", "c"}):
    print(name)
# --- copies
a = {1, 2}
b = a.copy()
b.add(3)
print(a, b, set(a) is a)
# --- aggregates
print(sum({1, 2, 3}), max({4, 9}), min({4, 9}), sorted({3, 1}, reverse=True), len({*[1, 2], *[2, 3]}))
# --- sets grow and shrink
s = set()
for i in range(50):
    s.add(i * 7 % 50)
for i in range(0, 50, 2):
    s.remove(i)
print(s)
