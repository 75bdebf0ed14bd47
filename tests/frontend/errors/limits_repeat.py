zeros = [0] * 10**9
more = "a" * 10**12
