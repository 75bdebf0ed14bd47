text = "ab"
for i in range(60):
    text = text + text
