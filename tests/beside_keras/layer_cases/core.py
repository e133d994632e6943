"""Products, activations, embeddings, and what only rearranges."""

from tests.beside_keras.layer_cases.case import Case, Given, Ints, Made

FIRST = {"data_format": "channels_first"}
L2 = Made("L2", {"l2": 0.1}, "regularizers")
TRAINING = {"training": True}

CASES = [
    Case("Dense", {"units": 4}),
    Case("Dense", {"units": 4, "activation": "gelu", "use_bias": False}, (2, 5, 3)),
    Case("Dense", {"units": 5, "activation": "softmax"}, (3, 4)),
    Case("Activation", {"activation": "tanh"}),
    Case("ReLU", {}),
    Case("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.3}, (4, 5)),
    Case("LeakyReLU", {"negative_slope": 0.2}),
    Case("ELU", {"alpha": 0.5}),
    Case("Softmax", {"axis": 1}, (2, 3, 4)),
    Case("Dropout", {"rate": 0.3}),
    Case("Dropout", {"rate": 0.0}, call={"training": True}),
    Case("Flatten", {}, (2, 3, 4)),
    Case("Flatten", {}, (3,)),
    Case("Reshape", {"target_shape": (6, -1)}, (2, 3, 4)),
    Case("Embedding", {"input_dim": 7, "output_dim": 3}, Ints((2, 5), 7)),
]

SHRINKING = [
    "glu",
    "hard_shrink",
    "soft_shrink",
    "tanh_shrink",
    "squareplus",
    "sparse_plus",
    "sparse_sigmoid",
]
OTHERS = [
    "celu",
    "exponential",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "log_sigmoid",
    "log_softmax",
    "mish",
]
MORE = ["relu6", "selu", "silu", "softplus", "softsign", "leaky_relu", "gelu", "elu", "swish", "hard_swish"]
CASES += [Case("Activation", {"activation": name}, (4, 6)) for name in (*SHRINKING, *OTHERS, *MORE)]

CASES += [
    Case(
        "Dense",
        {"units": 4, "kernel_regularizer": L2, "bias_regularizer": Made("L1", {"l1": 0.2}, "regularizers")},
    ),
    Case("Dense", {"units": 4, "kernel_regularizer": "l1", "activity_regularizer": L2, "activation": "relu"}),
    Case(
        "Dense",
        {"units": 4, "kernel_regularizer": Made("OrthogonalRegularizer", {"factor": 0.3}, "regularizers")},
        (2, 3),
    ),
    Case(
        "Dense",
        {
            "units": 4,
            "kernel_regularizer": Made(
                "OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}, "regularizers"
            ),
        },
        (2, 3),
    ),
    Case("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 5, "bias_axes": "c"}, (3, 4)),
    Case("EinsumDense", {"equation": "abc,cd->abd", "output_shape": [None, 5], "bias_axes": "d"}, (2, 3, 4)),
    Case("EinsumDense", {"equation": "...x,xy->...y", "output_shape": 5, "bias_axes": "y"}, (2, 3, 2, 4)),
    Case(
        "EinsumDense",
        {"equation": "abc,cde->abde", "output_shape": [None, 2, 3], "bias_axes": "e"},
        (2, 3, 4),
    ),
    Case("EinsumDense", {"equation": "abc,bd->adc", "output_shape": [5, 4], "bias_axes": "d"}, (2, 3, 4)),
    Case(
        "EinsumDense",
        {
            "equation": "ab...,bc->ac...",
            "output_shape": 5,
            "bias_axes": "c",
            "activation": "tanh",
            "kernel_regularizer": L2,
        },
        (2, 3, 4),
    ),
    Case("Flatten", FIRST, (2, 3, 4, 2)),
    Case("Permute", {"dims": [3, 1, 2]}, (2, 3, 4, 5)),
    Case("RepeatVector", {"n": 3}, (2, 4)),
    Case("Identity", {}, (2, 4)),
    Case("Masking", {}, Given([[[1, 2], [0, 0], [0, 3]], [[0, 0], [4, 0], [5, 5]]])),
    Case("Masking", {"mask_value": -1.0}, Given([[[1, 2], [-1, -1], [0, 0]]])),
    Case("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (3, 4)),
    Case("PReLU", {}, (3, 4)),
    Case("PReLU", {"shared_axes": [1, 2], "alpha_regularizer": L2}, (2, 3, 4, 5)),
    Case("Softmax", {"axis": -1}, (2, 3)),
    Case("Reshape", {"target_shape": [12]}, (2, 3, 4)),
    Case("Embedding", {"input_dim": 7, "output_dim": 3, "embeddings_regularizer": L2}, Ints((2, 5), 7)),
    Case("Embedding", {"input_dim": 7, "output_dim": 3, "mask_zero": True}, Ints((6,), 7)),
    Case("ReversibleEmbedding", {"input_dim": 7, "output_dim": 3}, Ints((2, 5), 7)),
    Case("GaussianNoise", {"stddev": 0.3}, (3, 4)),
    Case("GaussianDropout", {"rate": 0.3}, (3, 4)),
    Case("AlphaDropout", {"rate": 0.3}, (3, 4)),
    Case("SpatialDropout1D", {"rate": 0.3}, (2, 3, 4)),
    Case("SpatialDropout2D", {"rate": 0.3, **FIRST}, (2, 3, 4, 4)),
    Case("SpatialDropout3D", {"rate": 0.3}, (2, 3, 4, 2, 2)),
    Case("SpectralNormalization", {"layer": Made("Dense", {"units": 4})}, (3, 5)),
    Case("SpectralNormalization", {"layer": Made("Dense", {"units": 4})}, (3, 5), TRAINING),
    Case(
        "SpectralNormalization",
        {"layer": Made("Conv2D", {"filters": 4, "kernel_size": 2}), "power_iterations": 3},
        (2, 4, 4, 3),
        TRAINING,
    ),
]
