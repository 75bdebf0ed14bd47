Dense(units=64, 32)
Dense(64, units=32, units=16)
Dense(activation.name="tanh")
Dense(lambda=3)
Dense(**options, *sizes)
sum(x for x in y, 3)

def a(x, y=1, z):
    return x

def b(x, x):
    return x

def c(**options, x):
    return x

def d(*, **options):
    return x

def e(*a, *b):
    return x
