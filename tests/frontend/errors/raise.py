units = 0
if units <= 0:
    raise ValueError(f"units must be positive, got {units}")
print("not reached", undefined)
