"""What makes one of several."""

from tests.beside_keras.layer_cases.case import Case

TWO, THREE = [(2, 3, 4)] * 2, [(2, 3, 4)] * 3
CASES = [
    Case("Add", {}, THREE),
    Case("Subtract", {}, TWO),
    Case("Multiply", {}, THREE),
    Case("Average", {}, THREE),
    Case("Maximum", {}, THREE),
    Case("Minimum", {}, TWO),
    Case("Concatenate", {}, [(2, 3, 4), (2, 3, 1)]),
    Case("Concatenate", {"axis": 1}, [(2, 3, 4), (2, 2, 4)]),
    Case("Add", {}, [(2, 3, 4), (2, 1, 4)]),
    Case("Multiply", {}, [(2, 3, 4), (2, 3, 1)]),
    Case("Average", {}, TWO),
    Case("Dot", {"axes": 1}, [(3, 4), (3, 4)]),
    Case("Dot", {"axes": [2, 1]}, [(2, 3, 4), (2, 4, 5)]),
    Case("Dot", {"axes": -1, "normalize": True}, [(2, 3, 4), (2, 5, 4)]),
    Case("Dot", {"axes": [1, 2]}, [(2, 3), (2, 4, 3)]),
]
