name = 'lstm
other = "it's fine
path = 'C:\users\me'
letter = "\xZZ \N{no such letter}"
named = "\N{no such letter}"
surrogate = "\ud800"
data = b"raw"
text = """never
closed
