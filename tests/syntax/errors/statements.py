form keras import layers
improt keras
print "hello"
x = 3 y = 4
x++
if x = 3:
    pass
if x > 3
    y = 1
else if x < 3:
    y = 2
else:
    y = 3
whlie x:
    x -= 1
x = y && z
def f(x:
    return x
import
from keras import
x = [1 2]
y = f(a b)
lambda = 3
z.class = 4
return 3
break
