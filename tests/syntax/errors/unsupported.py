async def f():
    await g()

def g():
    yield 1
    x = yield from h()

if (n := 10) > 5:
    pass

match command:
    case "go":
        pass

y = [x async for x in z]
try:
    pass
except* ValueError:
    pass
