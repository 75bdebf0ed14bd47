# Lists, tuples, dicts, strings and their methods.
items = [1, 2, 3, 4, 5]
assert items[0] == 1 and items[-1] == 5 and items[1:3] == [2, 3] and items[::-1] == [5, 4, 3, 2, 1]
assert items[::2] == [1, 3, 5] and items[10:] == [] and items[-2:] == [4, 5]
assert [0] * 3 == [0, 0, 0] and (1, 2) + (3,) == (1, 2, 3) and 2 * [1] == [1, 1]
assert 3 in items and 9 not in items and len(items) == 5
items.append(6)
items.extend([7, 8])
items.insert(0, 0)
assert items.pop() == 8 and items.pop(0) == 0 and items.index(3) == 2 and items.count(1) == 1
items += [9]
items[0] = 10
items.reverse()
assert items == [9, 7, 6, 5, 4, 3, 2, 10]
assert sorted(items) == [2, 3, 4, 5, 6, 7, 9, 10] and sorted(items, reverse=True)[0] == 10
assert sorted([(1, "b"), (0, "c"), (1, "a")]) == [(0, "c"), (1, "a"), (1, "b")]
assert list(reversed([1, 2])) == [2, 1] and list(range(5, 0, -2)) == [5, 3, 1] and range(10)[-1] == 9
assert list(zip([1, 2], "ab")) == [(1, "a"), (2, "b")]
assert list(enumerate(["a", "b"], 1)) == [(1, "a"), (2, "b")]
assert list(map(lambda x: x * x, [1, 2, 3])) == [1, 4, 9]
assert list(filter(None, [0, 1, 2])) == [1, 2]
assert any([0, 1]) and not all([0, 1]) and all([]) and not any([])

a, (b, *c), d = 1, (2, 3, 4), 5
assert (a, b, c, d) == (1, 2, [3, 4], 5)
a, b = b, a
assert (a, b) == (2, 1)

table = {"x": 1, "y": 2, (1, 2): 3}
table["z"] = 4
assert table["x"] == 1 and table.get("q") is None and table.get("q", 7) == 7 and table[(1, 2)] == 3
assert list(table) == ["x", "y", (1, 2), "z"] and "z" in table and len(table) == 4
assert table.pop("z") == 4 and "z" not in table
del table["y"]
assert list(table.items()) == [("x", 1), ((1, 2), 3)] and list(table.values()) == [1, 3]
merged = {**table, "w": 5} | {"x": 0}
assert merged["x"] == 0 and merged["w"] == 5 and table["x"] == 1
assert dict(a=1, b=2) == {"b": 2, "a": 1} and {1: "int"}[True] == "int"

text = "lstm_layer"
assert text.upper() == "LSTM_LAYER" and text.split("_") == ["lstm", "layer"] and "-".join(["a", "b"]) == "a-b"
assert text[0] == "l" and text[:4] == "lstm" and text[::-1] == "reyal_mtsl" and "m_l" in text
assert text.startswith("lstm") and text.replace("_", " ") == "lstm layer" and " x ".strip() == "x"
assert "ab" * 2 == "abab" and "a" + "b" == "ab" and "a" < "b" and len("größe") == 5

width = 7
assert f"units={width}" == "units=7" and f"{width:03d}|{1.5:.2f}|{0.25:.0%}|{'x':>3}" == "007|1.50|25%|  x"
assert f"{width=} {text!r}" == "width=7 'lstm_layer'" and f"{{}}" == "{}"
assert str([1, "a", None, 1.0, True]) == "[1, 'a', None, 1.0, True]" and str((1,)) == "(1,)"
assert repr("it's") == '"it\'s"' and str({"k": (1, 2)}) == "{'k': (1, 2)}"
assert isinstance(1, int) and isinstance("a", (int, str)) and not isinstance(1.0, int) and isinstance([], list)
