# Methods of a dataclass on what is no object of one.
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class Size:
    width: int
    height: int = 2


Size.__repr__(3)
Size.__hash__("a")
Size.__eq__(3, Size(1))
Size.__init__(3, 4)
Size.__setattr__(3, "width", 4)
asdict(Size)
replace([1], width=2)
Size(1).width = 2
