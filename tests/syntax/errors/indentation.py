def block(x):
    if x:
        y = 1
      z = 2
    return y

  indented = 1

for i in range(3):
print(i)

if True:
    # only a comment

	tabbed = 1
def tabs(x):
    a = 1
	b = 2
