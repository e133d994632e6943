"""Attention."""

from tests.beside_keras.layer_cases.case import Case

CASES = [
    Case("Attention", {}, [(2, 3, 4), (2, 5, 4)]),
    Case("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, (2, 3, 4), {"value": (2, 5, 4)}),
]
