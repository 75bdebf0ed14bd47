# --- members
from enum import Enum, auto, unique
@unique
class Cell(Enum):
    LSTM = "lstm"
    GRU = "gru"
    @property
    def gates(self):
        return 4 if self is Cell.LSTM else 3
    @classmethod
    def default(cls):
        return cls.GRU
print(Cell.LSTM, repr(Cell.LSTM), Cell.LSTM.name, Cell.LSTM.value, Cell("gru"), Cell["GRU"], Cell.LSTM.gates)
print([c.value for c in Cell], len(Cell), Cell.LSTM in Cell, Cell.default(), list(Cell))
print(Cell.LSTM == Cell.LSTM, Cell.LSTM == "lstm", Cell.LSTM != Cell.GRU, Cell.LSTM is Cell("lstm"))
print({Cell.LSTM: 1, Cell.GRU: 2}[Cell.GRU], isinstance(Cell.GRU, Cell), Cell.GRU in (Cell.LSTM, Cell.GRU))
print(list(Cell.__members__), type(Cell.GRU).__name__)
try:
    Cell("rnn")
except ValueError as error:
    print(error)
try:
    Cell["RNN"]
except KeyError as error:
    print(error)
# --- texts as members
from enum import Enum
class Kind(str, Enum):
    DOT = "dot"
    ADD = "add"
print(Kind.DOT == "dot", Kind("add") is Kind.ADD, Kind.DOT.upper(), Kind.DOT.value, repr(Kind.DOT), str(Kind.DOT))
print({"dot": 1}[Kind.DOT], Kind.ADD in ["add"], [kind.value for kind in Kind], isinstance(Kind.DOT, str))
# --- StrEnum
from enum import StrEnum, auto
class Mode(StrEnum):
    TRAIN = auto()
    TEST = "t"
print(Mode.TRAIN, f"{Mode.TEST}", Mode.TRAIN == "train", Mode("t").name)
# --- numbers by themselves
from enum import Enum, auto
class Size(Enum):
    SMALL = auto()
    LARGE = auto()
    BIG = 2
print(Size.SMALL.value, Size.LARGE.value, Size.BIG is Size.LARGE, len(Size))
# --- members with attributes
from enum import Enum
class Layer(Enum):
    NARROW = (8, 1)
    WIDE = (32, 2)
    def __init__(self, units, depth):
        self.units = units
        self.depth = depth
print(Layer.WIDE.units, Layer.NARROW.depth, Layer.WIDE.value, Layer((8, 1)).name)
