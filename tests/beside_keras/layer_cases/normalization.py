"""Normalisation."""

from tests.beside_keras.layer_cases.case import Case

TRAINING = {"training": True}
CASES = [
    Case("BatchNormalization", {}, (5, 3)),
    Case("BatchNormalization", {"momentum": 0.9, "epsilon": 0.01}, (3, 4, 5, 2), TRAINING),
    Case("BatchNormalization", {"axis": 1, "scale": False}, (3, 4, 5), TRAINING),
    Case("LayerNormalization", {}, (3, 6)),
    Case("LayerNormalization", {"axis": (1, 2), "center": False}, (3, 4, 5)),
]
