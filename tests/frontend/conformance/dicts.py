# --- making dicts
print({}, {"a": 1}, dict(), dict(a=1, b=2), dict([("x", 1), ("y", 2)]), dict({"a": 1}, b=3), {1: "i", 2.5: "f", None: "n", True: "t"})
# --- order of insertion
d = {"b": 1, "a": 2}
d["c"] = 3
d["b"] = 9
del d["a"]
d["a"] = 0
print(d, list(d))
# --- get, setdefault, pop
d = {"a": 1}
print(d.get("a"), d.get("b"), d.get("b", 5), d.setdefault("c", []), d.pop("a"), d.pop("z", None), d)
d["c"].append(1)
print(d)
# --- popitem, clear, copy
d = {"a": 1, "b": 2}
e = d.copy()
print(d.popitem(), d, e)
d.clear()
print(d, len(d), bool(d), bool(e))
# --- update
d = {"a": 1}
d.update({"b": 2})
d.update(c=3)
d.update([("d", 4)])
d.update({"a": 0}, e=5)
print(d)
# --- views
d = {"a": 1, "b": 2}
print(d.keys(), d.values(), d.items())
k = d.keys()
d["c"] = 3
print(k, len(k), "c" in k, 2 in d.values(), ("a", 1) in d.items(), list(d.values()))
# --- views are sets
a, b = {"x": 1, "y": 2}, {"y": 2, "z": 3}
print(sorted(a.keys() & b.keys()), sorted(a.keys() | b.keys()), sorted(a.keys() - b.keys()), sorted(a.keys() ^ b.keys()), a.items() & b.items())
# --- membership and equality
d = {"a": 1}
print("a" in d, "b" not in d, d == {"a": 1.0}, d == {"a": 2}, {"a": 1, "b": 2} == {"b": 2, "a": 1}, {} == [])
# --- merging
a, b = {"x": 1, "y": 2}, {"y": 3, "z": 4}
print({**a, **b}, a | b, {**a, "x": 0}, {"first": 0, **b})
a |= b
print(a)
# --- iteration
d = {"a": 1, "b": 2}
for key in d:
    print(key, d[key])
for key, value in d.items():
    print(key, value)
for i, (key, value) in enumerate(sorted(d.items(), key=lambda item: -item[1])):
    print(i, key, value)
# --- numeric keys are equal across types
d = {1: "one"}
d[1.0] = "float"
d[True] = "bool"
print(d, d[1], len(d), {0: "a", False: "b"})
# --- nested dicts
config = {"layers": [{"type": "lstm", "units": 64}, {"type": "dense", "units": 1}], "lr": 1e-3}
print(config["layers"][0]["units"], [l["type"] for l in config["layers"]], config)
config["layers"][1]["units"] += 9
print(config["layers"][1])
# --- counting
counts = {}
for c in "banana":
    counts[c] = counts.get(c, 0) + 1
print(counts, sorted(counts, key=counts.get, reverse=True), max(counts, key=counts.get))
# --- grouping
groups = {}
for n in range(10):
    groups.setdefault(n % 3, []).append(n)
print(groups)
# --- dict.fromkeys
print(dict.fromkeys("ab"), dict.fromkeys([1, 2], 0), list(dict.fromkeys([3, 1, 3, 2, 1])))
# --- inverting
d = {"a": 1, "b": 2}
print({v: k for k, v in d.items()}, dict(map(reversed, d.items())), list(reversed(d)))
# --- del and in
d = {"a": 1, "b": 2, "c": 3}
del d["a"], d["c"]
print(d, "a" in d)
# --- dispatch by name
ops = {"add": lambda a, b: a + b, "mul": lambda a, b: a * b}
print([ops[name](3, 4) for name in ("add", "mul")])
# --- keyword arguments from dicts
def layer(units, activation="linear", **extra):
    return units, activation, extra
options = {"units": 8, "activation": "relu", "name": "d"}
print(layer(**options), layer(1, **{"activation": "tanh"}))
# --- keys that are tuples and None
table = {(0, 1): "x", None: "n", (): "e"}
print(table[0, 1], table[None], table[()])
# --- len, min, max, sum, sorted of dicts
d = {3: "c", 1: "a", 2: "b"}
print(len(d), min(d), max(d), sum(d), sorted(d), sorted(d.values()), any(d), all(d))
# --- augmented assignment of items
d = {"n": 1, "l": [1]}
d["n"] += 5
d["l"] += [2]
d["n"] **= 2
print(d)
