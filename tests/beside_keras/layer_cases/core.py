"""Products, activations, embeddings, and what only rearranges."""

from tests.beside_keras.layer_cases.case import Case, Ints

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
