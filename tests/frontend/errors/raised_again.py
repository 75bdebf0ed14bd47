def check(units):
    if units < 1:
        raise ValueError(f"{units} units")
    return units


try:
    check(0)
except KeyError:
    pass
except ValueError as error:
    raise RuntimeError("no layer") from error
print("never")
