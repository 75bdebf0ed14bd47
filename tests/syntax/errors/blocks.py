else:
    x = 1

try:
    x = 1
y = 2

@decorator
z = 3

class 3:
    pass

def f():
    for x in y:
        def g():
            break
    continue

class C:
    return 1

def
def f
def f()
while True
with open(p) as 3:
    pass
