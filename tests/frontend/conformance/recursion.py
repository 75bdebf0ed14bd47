# --- factorial
def factorial(n):
    return 1 if n <= 1 else n * factorial(n - 1)
print(factorial(5), factorial(25))
# --- fibonacci by two calls
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print([fib(i) for i in range(15)])
# --- gcd
def gcd(a, b):
    return a if b == 0 else gcd(b, a % b)
print(gcd(48, 36), gcd(17, 5), gcd(10 ** 20, 10 ** 15))
# --- tree depth
tree = [1, [2, [3]], [[[4]]]]
def depth(t):
    return 1 + max((depth(c) for c in t), default=0) if isinstance(t, list) else 0
print(depth(tree), depth([]), depth([[]]))
# --- towers of hanoi
moves = []
def hanoi(n, a, b, c):
    if n:
        hanoi(n - 1, a, c, b)
        moves.append((a, c))
        hanoi(n - 1, b, a, c)
hanoi(4, "A", "B", "C")
print(len(moves), moves[:3])
# --- permutations by hand
def permutations(xs):
    if not xs:
        return [[]]
    return [[x] + p for i, x in enumerate(xs) for p in permutations(xs[:i] + xs[i + 1:])]
print(permutations([1, 2, 3]))
# --- a hundred calls deep
def count(n):
    return 0 if n == 0 else 1 + count(n - 1)
print(count(100))
# --- power by halving
def power(b, n):
    if n == 0:
        return 1
    half = power(b, n // 2)
    return half * half * (b if n % 2 else 1)
print(power(2, 100), power(3, 13))
# --- recursive lambdas
f = lambda n: 1 if n == 0 else n * f(n - 1)
print(f(10))
# --- pascal
def row(n):
    if n == 0:
        return [1]
    above = row(n - 1)
    return [1] + [a + b for a, b in zip(above, above[1:])] + [1]
for i in range(6):
    print(row(i))
