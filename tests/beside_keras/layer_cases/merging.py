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
]
