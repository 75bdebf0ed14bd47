a = “tanh”
b = 3 × 4
c = 5 – 1
d = x ? 1 : 2
e = !x
f = 1
g = a $ b
h = 1 + \ 
    2
größe = "names may have letters of any language"
