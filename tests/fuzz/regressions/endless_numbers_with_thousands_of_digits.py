# Every number is written, and has more digits than the one before.
def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
for f in fibonacci():
    print(f, end=" ")
