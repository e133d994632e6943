"""Convolutions."""

from tests.beside_keras.layer_cases.case import Case, Made

FIRST = {"data_format": "channels_first"}
L2 = Made("L2", {"l2": 0.1}, "regularizers")
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
    Case("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, (2, 7, 3)),
    Case("Conv1D", {"filters": 4, "kernel_size": 3, **FIRST}, (2, 3, 8)),
    Case("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", **FIRST}, (2, 3, 7, 6)),
    Case("Conv2D", {"filters": 4, "kernel_size": 1, "strides": 2}, (2, 7, 6, 3)),
    Case(
        "Conv2D",
        {
            "filters": 4,
            "kernel_size": 3,
            "kernel_regularizer": L2,
            "bias_regularizer": "l1",
            "activity_regularizer": L2,
            "activation": "tanh",
        },
        (2, 5, 5, 3),
    ),
    Case("Conv3D", {"filters": 3, "kernel_size": (1, 2, 3), **FIRST}, (2, 2, 3, 4, 5)),
    Case("Conv1DTranspose", {"filters": 4, "kernel_size": 3}, (2, 5, 3)),
    Case("Conv1DTranspose", {"filters": 4, "kernel_size": 2, "strides": 3}, (2, 5, 3)),
    Case("Conv1DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "output_padding": 1}, (2, 5, 3)),
    Case(
        "Conv1DTranspose", {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, (2, 5, 3)
    ),
    Case("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, (2, 4, 5, 3)),
    Case(
        "Conv2DTranspose",
        {"filters": 4, "kernel_size": (4, 2), "strides": (2, 3), "padding": "same"},
        (2, 4, 5, 3),
    ),
    Case(
        "Conv2DTranspose",
        {
            "filters": 4,
            "kernel_size": 4,
            "strides": 2,
            "padding": "same",
            "output_padding": 1,
            "use_bias": False,
        },
        (2, 4, 5, 3),
    ),
    Case("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "activation": "relu", **FIRST}, (2, 3, 4, 5)),
    Case("Conv3DTranspose", {"filters": 3, "kernel_size": 2, "strides": 2}, (1, 2, 3, 2, 2)),
    Case("Conv3DTranspose", {"filters": 3, "kernel_size": 3, "padding": "same"}, (1, 2, 3, 4, 2)),
    Case("DepthwiseConv1D", {"kernel_size": 3}, (2, 8, 3)),
    Case("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, "padding": "same", **FIRST}, (2, 3, 8)),
    Case("DepthwiseConv2D", {"kernel_size": 3, "padding": "same"}, (2, 7, 6, 4)),
    Case("DepthwiseConv2D", {"kernel_size": 3, "strides": 2, "depth_multiplier": 2}, (2, 7, 7, 3)),
    Case(
        "DepthwiseConv2D",
        {"kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu6"},
        (2, 8, 6, 3),
    ),
    Case(
        "DepthwiseConv2D", {"kernel_size": 2, "dilation_rate": 2, "depthwise_regularizer": L2}, (2, 7, 6, 3)
    ),
    Case("SeparableConv1D", {"filters": 5, "kernel_size": 3}, (2, 8, 3)),
    Case(
        "SeparableConv1D",
        {"filters": 5, "kernel_size": 3, "padding": "same", "depth_multiplier": 2},
        (2, 8, 3),
    ),
    Case("SeparableConv2D", {"filters": 5, "kernel_size": 3, "strides": 2, "padding": "same"}, (2, 7, 6, 3)),
    Case(
        "SeparableConv2D",
        {"filters": 5, "kernel_size": (2, 3), "dilation_rate": (1, 2), **FIRST},
        (2, 3, 7, 6),
    ),
    Case(
        "SeparableConv2D",
        {"filters": 4, "kernel_size": 3, "pointwise_regularizer": L2, "use_bias": False},
        (2, 5, 5, 3),
    ),
]
