# --- raise and except
try:
    raise ValueError("wrong")
except ValueError as e:
    print("caught", e, type(e).__name__, e.args)
# --- else and finally
def f(fail):
    try:
        if fail:
            raise KeyError("k")
        print("body")
    except KeyError:
        print("except")
    else:
        print("else")
    finally:
        print("finally")
f(True)
f(False)
# --- by base class
for e in (IndexError("i"), KeyError("k"), ZeroDivisionError("z"), ModuleNotFoundError("m"), NotImplementedError()):
    try:
        raise e
    except LookupError as x:
        print("lookup", repr(x))
    except ArithmeticError as x:
        print("arithmetic", x)
    except Exception as x:
        print("other", repr(x))
# --- several types
for e in (TypeError, ValueError, NameError):
    try:
        raise e("m")
    except (TypeError, ValueError) as x:
        print("first", type(x).__name__)
    except NameError:
        print("second")
# --- division by zero
for f in (lambda: 1 / 0, lambda: 1 // 0, lambda: 1 % 0, lambda: 1.0 / 0):
    try:
        f()
    except ZeroDivisionError:
        print("zero")
# --- missing keys and indices
d, l = {"a": 1}, [1, 2]
try:
    d["b"]
except KeyError as e:
    print("key", e)
try:
    l[5]
except IndexError:
    print("index")
try:
    l.index(9)
except ValueError:
    print("value")
# --- type errors
for f in (lambda: 1 + "a", lambda: len(5), lambda: [1] + (2,), lambda: "a" < 1, lambda: {[]: 1}, lambda: None(), lambda: int([])):
    try:
        f()
        print("no error")
    except TypeError:
        print("type")
# --- value errors
for text in ("12", "x", "1.5", ""):
    try:
        print(int(text))
    except ValueError:
        print("no integer:", repr(text))
# --- attribute and name errors
try:
    "a".nope
except AttributeError:
    print("attribute")
try:
    undefined_name
except NameError:
    print("name")
# --- wrong calls
def f(a, b=1):
    return a
for call in (lambda: f(), lambda: f(1, 2, 3), lambda: f(1, c=2), lambda: f(1, a=2)):
    try:
        call()
    except TypeError:
        print("call")
# --- unpacking errors
try:
    a, b = 1, 2, 3
except ValueError:
    print("too many")
try:
    a, b = [1]
except ValueError:
    print("too few")
# --- nested try
try:
    try:
        raise KeyError("inner")
    except ValueError:
        print("not this")
    finally:
        print("inner finally")
except KeyError as e:
    print("outer", e)
# --- raise again
try:
    try:
        raise ValueError("again")
    except ValueError:
        print("seen")
        raise
except ValueError as e:
    print("twice", e)
# --- raise from
try:
    try:
        1 / 0
    except ZeroDivisionError as e:
        raise ValueError("bad input") from e
except ValueError as e:
    print(e)
# --- through functions
def deep(n):
    if n == 0:
        raise RuntimeError("bottom")
    return deep(n - 1)
try:
    deep(20)
except RuntimeError as e:
    print(e)
# --- out of loops and comprehensions
try:
    for i in range(5):
        if i == 3:
            raise ValueError(i)
        print(i)
except ValueError as e:
    print("stopped at", e)
try:
    [10 // x for x in (5, 0, 2)]
except ZeroDivisionError:
    print("comprehension")
# --- finally with return
def f():
    try:
        return "try"
    finally:
        print("cleanup")
print(f())
def g():
    try:
        raise ValueError
    except ValueError:
        return "handled"
    finally:
        print("cleanup")
print(g())
# --- finally with break and continue
for i in range(3):
    try:
        if i == 1:
            continue
        print(i)
    finally:
        print("f", i)
# --- a fallback for an import
try:
    import module_that_does_not_exist_anywhere as fast
except ImportError:
    fast = None
print(fast)
# --- bare except
try:
    [][0]
except:
    print("anything")
# --- assert in try
try:
    assert 1 == 2, "one is not two"
except AssertionError as e:
    print("assertion:", e)
# --- text of exceptions
print(repr(ValueError("a", 1)), str(ValueError("a")), str(ValueError()), str(ValueError(1, 2)), repr(KeyError("k")), str(KeyError("k")))
# --- isinstance of exceptions
e = KeyError("x")
print(isinstance(e, LookupError), isinstance(e, ValueError), isinstance(e, Exception), type(e) is KeyError)
# --- the name is gone after the handler
try:
    raise ValueError("v")
except ValueError as err:
    pass
try:
    err
except NameError:
    print("gone")
# --- errors inside except reach the outer handler
try:
    try:
        raise ValueError("first")
    except ValueError:
        {}["missing"]
except KeyError:
    print("second error")
# --- values computed before the error stay
results = []
for x in (1, 0, 2):
    try:
        results.append(10 / x)
    except ZeroDivisionError:
        results.append(None)
print(results)
# --- next at the end
try:
    next(iter([]))
except StopIteration:
    print("end")
# --- dict changed in a loop
d = {"a": 1}
try:
    for k in d:
        d[k + "x"] = 1
except RuntimeError:
    print("changed")
