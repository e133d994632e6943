"""Pooling, padding, cropping, resizing."""

from tests.beside_keras.layer_cases.case import Case

CASES = [
    Case("MaxPooling1D", {}, (2, 7, 3)),
    Case("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 8, 3)),
    Case("MaxPooling2D", {"pool_size": (2, 3), "strides": 1}, (2, 6, 5, 3)),
    Case("MaxPooling3D", {}, (2, 4, 5, 4, 2)),
    Case("AveragePooling1D", {"pool_size": 2}, (2, 7, 3)),
    Case("AveragePooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 5, 3)),
    Case("AveragePooling3D", {"pool_size": 2}, (2, 4, 5, 4, 2)),
    Case("GlobalMaxPooling1D", {}, (2, 7, 3)),
    Case("GlobalMaxPooling2D", {"keepdims": True}, (2, 5, 4, 3)),
    Case("GlobalAveragePooling1D", {}, (2, 7, 3)),
    Case("GlobalAveragePooling2D", {"keepdims": True}, (2, 5, 4, 3)),
    Case("ZeroPadding2D", {"padding": ((1, 2), (0, 3))}, (2, 4, 5, 3)),
]
