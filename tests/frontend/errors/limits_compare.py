a = b = 1
for i in range(48):
    a = [a, a]
    b = [b, b]
same = a == b
print(same)
