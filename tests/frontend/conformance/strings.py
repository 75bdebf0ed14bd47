# --- indexing and slicing
s = "sequence"
print(s[0], s[-1], s[2:5], s[:3], s[5:], s[::2], s[::-1], s[-3:], s[1:-1:2], s[10:], s[5:2])
# --- concatenation and repetition
print("ab" + "cd", "ab" * 3, 3 * "ab", "ab" * 0, "ab" * -1, "a" "b" 'c')
# --- membership and comparison
print("q" in "sequence", "eq" in "sequence", "z" not in "abc", "" in "a", "a" < "b", "abc" < "abd", "Z" < "a", "a" < "aa")
# --- case
s = "hello World_2 x"
print(s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase(), "ABC".casefold())
# --- strip
s = "  \t text \n"
print(repr(s.strip()), repr(s.lstrip()), repr(s.rstrip()), "xxabcxx".strip("x"), "abcabc".lstrip("ab"), "a.b..".rstrip("."))
# --- split
print("a b  c ".split(), "a,b,,c".split(","), "a b c d".split(" ", 2), "".split(), "".split(","), "abc".split("b"), " a  b ".split(None, 1))
# --- rsplit
print("a.b.c".rsplit(".", 1), "a b c".rsplit(None, 1), "a,b".rsplit(","))
# --- splitlines
print("a\nb\r\nc".splitlines(), "a\n".splitlines(True), "".splitlines(), "a\n\nb".splitlines())
# --- partition
print("key=value=x".partition("="), "key=value=x".rpartition("="), "none".partition("="), "none".rpartition("="))
# --- join
print(", ".join(["a", "b", "c"]), "".join(("x", "y")), "-".join("abc"), ",".join([]), "/".join(str(i) for i in range(4)))
# --- replace
print("aaa".replace("a", "b"), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "abc".replace("x", "y"), "a.b.c".replace(".", ""))
# --- find and index
s = "abcabc"
print(s.find("c"), s.rfind("c"), s.find("z"), s.index("b"), s.rindex("b"), s.find("a", 1), s.find("c", 0, 2), s.find(""))
# --- count
print("banana".count("a"), "banana".count("an"), "aaaa".count("aa"), "abc".count(""), "abc".count("z"), "banana".count("a", 2))
# --- startswith and endswith
s = "dense_1/kernel:0"
print(s.startswith("dense"), s.endswith(":0"), s.startswith(("lstm", "dense")), s.endswith(("x", "y")), s.startswith("e", 1), s.startswith(""))
# --- removeprefix and removesuffix
print("model.weights.h5".removesuffix(".h5"), "model.x".removeprefix("model."), "abc".removeprefix("x"))
# --- tests of characters
for s in ("abc", "ABC", "a1", "12", " ", "", "Ab", "a_b"):
    print(repr(s), s.isalpha(), s.isdigit(), s.isalnum(), s.isspace(), s.islower(), s.isupper(), s.istitle(), s.isidentifier())
# --- justification
print("|" + "ab".ljust(5) + "|" + "ab".rjust(5) + "|" + "ab".center(5) + "|" + "abc".center(6, "*") + "|" + "ab".ljust(4, ".") + "|")
# --- repr of strings
print(repr("a"), repr("it's"), repr('say "x"'), repr("both ' and \""), repr("tab\t nl\n back\\ nul\x00 del\x7f"), [""])
# --- escapes
print("tab\there", "quote\"s", 'it\'s', "back\\slash", "\x41\u0042\103", "a\
b", "\N{BULLET}")
# --- raw strings
print(r"\n is two", R"c:\path", r"\\")
# --- triple quotes
print("""one
  two 'quoted' "double"
three""")
# --- characters beyond ASCII
s = "größe→"
print(s, len(s), s[2], s[-1], s[::-1], s[2:4], "ö" in s, s.find("→"), s.count("ö"), list(s), s.split("ö"))
# --- ord and chr
print(ord("a"), chr(97), ord("€"), chr(8364), ord("\n"), [chr(ord("a") + i) for i in range(5)], chr(128512), ord(chr(128512)))
# --- iteration
for i, c in enumerate("abc"):
    print(i, c)
print(list("abc"), tuple("ab"), sorted("hello"), set("aaa"), reversed("ab") is not None, "".join(reversed("abc")))
# --- in place concatenation
s = "a"
s += "b"
s *= 3
print(s)
# --- methods as functions
print(list(map(str.upper, ["a", "b"])), sorted(["b", "A", "c"], key=str.lower), str.join("-", ["a", "b"]), list(map(str.strip, [" a ", "b "])))
# --- str of everything
print(str(1), str(1.0), str(True), str(None), str([1, "a"]), str((1,)), str({"a": 1}), str("x"), str(), str(range(3)))
# --- snake case
name = "MyLayerName"
print("".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_"))
# --- expandtabs and zfill
print("a\tb".expandtabs(4), "ab\tc".expandtabs(), "5".zfill(3))
# --- equality and identity of meaning
a = "model"
b = "mo" + "del"
print(a == b, a != "Model", a.lower() == b, "1" == 1, "" == None)
