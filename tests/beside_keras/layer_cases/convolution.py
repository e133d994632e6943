"""Convolutions."""

from tests.beside_keras.layer_cases.case import Case

CASES = [
    Case("Conv1D", {"filters": 4, "kernel_size": 3}, (2, 8, 3)),
    Case("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same", "dilation_rate": 2}, (2, 9, 3)),
    Case("Conv2D", {"filters": 4, "kernel_size": 3}, (2, 7, 6, 3)),
    Case("Conv2D", {"filters": 4, "kernel_size": (3, 2), "strides": 2, "padding": "same"}, (2, 7, 6, 3)),
    Case("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 2, "activation": "relu"}, (2, 7, 6, 6)),
    Case(
        "Conv2D", {"filters": 5, "kernel_size": 3, "dilation_rate": (2, 1), "use_bias": False}, (2, 8, 6, 3)
    ),
    Case("Conv3D", {"filters": 3, "kernel_size": 2}, (2, 4, 5, 4, 2)),
    Case(
        "Conv3D", {"filters": 3, "kernel_size": 3, "padding": "same", "strides": (1, 2, 2)}, (1, 4, 5, 4, 2)
    ),
]
