# --- reduce and partial
from functools import partial, reduce
print(reduce(lambda a, b: a * b, [1, 2, 3, 4]), reduce(lambda a, b: a + b, [], 0), reduce(max, [3, 9, 2]))
def scale(x, by, offset=0):
    return x * by + offset
double = partial(scale, by=2)
print(double(5), double(5, offset=1), partial(scale, 3)(4), partial(max, 5)(3))
# --- product and permutations
import itertools
print(list(itertools.product([1, 2], "ab")), list(itertools.product([0, 1], repeat=2)), list(itertools.permutations([1, 2, 3], 2)), list(itertools.permutations("ab")))
# --- combinations
from itertools import combinations, combinations_with_replacement
print(list(combinations("abc", 2)), list(combinations([1, 2], 3)), list(combinations_with_replacement("ab", 2)), list(combinations([1], 0)))
# --- chain and islice
from itertools import chain, islice
print(list(chain([1], (2, 3), "x")), list(chain.from_iterable([[1], [2, 3]])), list(islice(range(100), 3)), list(islice("abcdef", 1, 5, 2)), list(islice([1, 2], 5)))
# --- count, cycle, repeat
from itertools import count, cycle, repeat
print(list(islice_ for islice_ in zip(count(5), "ab")), list(repeat(0, 3)), [x for x, _ in zip(cycle("ab"), range(5))], list(zip(count(0, 2), "xyz")), list(map(pow, [2, 3], repeat(2))))
# --- accumulate, takewhile, dropwhile
from itertools import accumulate, takewhile, dropwhile, starmap
print(list(accumulate([1, 2, 3])), list(accumulate([1, 2, 3], lambda a, b: a * b)), list(takewhile(lambda x: x < 3, [1, 2, 5, 1])), list(dropwhile(lambda x: x < 3, [1, 5, 1])), list(starmap(pow, [(2, 3), (3, 2)])), list(accumulate([1], initial=10)))
# --- zip_longest, pairwise, groupby
from itertools import zip_longest, pairwise, groupby
print(list(zip_longest([1, 2], "a", fillvalue="-")), list(pairwise([1, 2, 3])), [(k, list(g)) for k, g in groupby("aabbb")], [(k, len(list(g))) for k, g in groupby([1, 3, 2], key=lambda x: x % 2)])
# --- defaultdict
from collections import defaultdict
d = defaultdict(list)
for i, c in enumerate("abca"):
    d[c].append(i)
print(dict(d), d["new"], len(d), d)
n = defaultdict(int)
n["x"] += 1
print(n["x"], n["y"], dict(n))
# --- OrderedDict
from collections import OrderedDict
d = OrderedDict([("b", 1), ("a", 2)])
d["c"] = 3
print(list(d), d["a"], dict(d), d == {"a": 2, "b": 1, "c": 3})
# --- Counter
from collections import Counter
c = Counter("banana")
print(c["a"], c["z"], c.most_common(1), c.most_common(), sorted(c.items()), c)
# --- namedtuple
from collections import namedtuple
Config = namedtuple("Config", ["units", "rate"])
c = Config(64, rate=0.1)
print(c, c.units, c[1], c._replace(units=32), c == (64, 0.1), len(c), list(c), c._fields, c._asdict())
units, rate = c
Point = namedtuple("Point", "x y z", defaults=[0])
print(units, rate, Point(1, 2), Point(x=1, y=2, z=3))
# --- typing names
from typing import List, Optional, Tuple, Dict, Any, Union, Callable
Shape = Tuple[int, ...]
def f(x: List[int], y: Optional[Dict[str, Any]] = None) -> Union[int, str]:
    return len(x)
z: Callable[[int], int] = lambda v: v + 1
print(f([1, 2]), z(1))
# --- future imports
from __future__ import annotations
def f(x: Undefined) -> AlsoUndefined:
    return x
print(f(3))
# --- paths are text
import os
from os import path
print(os.path.join("a", "b", "c.h5"), os.path.basename("/x/y.txt"), path.dirname("/x/y.txt"), path.splitext("model.weights.h5"), os.path.join("a/", "/b"), path.split("a/b"))
# --- operators as functions
import operator
from functools import reduce
from operator import itemgetter, attrgetter, mul
print(operator.add(1, 2), operator.mul(3, 4), reduce(mul, (2, 3, 4), 1), operator.neg(5), operator.lt(1, 2), operator.contains([1], 1), operator.floordiv(7, 2))
print(sorted([("b", 1), ("a", 2)], key=itemgetter(1)), itemgetter(0, 2)("xyz"), attrgetter("real")(5), list(map(operator.not_, [0, 1])))
# --- copies
import copy
a = [1, [2, 3], {"k": [4]}]
b, c = copy.copy(a), copy.deepcopy(a)
a[1].append(9)
a[2]["k"].append(9)
print(a, b, c, b[1] is a[1], c[1] is a[1], copy.copy((1, 2)), copy.deepcopy({"x": (1, [2])}))
# --- silenced warnings
import warnings
warnings.filterwarnings("ignore")
print("quiet")
# --- json
import json
config = json.loads('{"units": 8, "rate": 0.5, "big": -3, "acts": ["relu", null, true, false, []], "inner": {"a": {}, "\\u00e9": "x\\ny"}, "units": 16, "e": 1e3}')
print(config, list(config), type(config["rate"]), type(config["units"]), json.loads("3"), json.loads('"s"'), json.loads(" [1, 2.0]\n"))
