"""Operations by the names and arguments that Keras has for them: `wg.ops`. For programs that come from there.

What has one meaning in both is Wengert's own function; the modules of this room say the rest in terms of it.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

SAME = {
    "activations": (
        "celu elu gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log_sigmoid "
        "log_softmax relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
        "sparse_sigmoid sparsemax squareplus swish tanh_shrink threshold"
    ),
    "bits": (
        "bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor logical_and "
        "logical_not logical_or logical_xor"
    ),
    "control": "cond scan switch",
    "creation": "empty empty_like eye full full_like ones ones_like tril triu zeros zeros_like",
    "custom": "custom_gradient",
    "decompositions": "cholesky eig eigh qr",
    "einsum": "einsum",
    "grad": "jvp vjp",
    "indexing": "one_hot take take_along_axis",
    "inverse": "acos acosh asin asinh atan atan2 atanh hypot",
    "joining": "concatenate repeat roll split stack tile",
    "linalg": "cross diagonal matmul matrix_rank outer pinv tensordot trace",
    "losses": "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy",
    "math": (
        "abs add ceil cos cosh divide equal erf exp expm1 floor floor_divide greater greater_equal isfinite "
        "isinf isnan less less_equal log log1p log2 log10 logaddexp maximum minimum multiply negative "
        "not_equal reciprocal rsqrt sign signbit sin sinh sqrt square stop_gradient subtract tan tanh trunc "
        "where"
    ),
    "padding": "pad",
    "parts": "conj imag real",
    "reduce": "all any argmax argmin count_nonzero cumprod cumsum logsumexp",
    "segments": "segment_max segment_min segment_prod segment_sum",
    "sets": "nonzero",
    "shape": "broadcast_to expand_dims flip meshgrid moveaxis reshape squeeze swapaxes transpose",
    "sorting": "argsort sort",
    "systems": "det inv solve solve_triangular",
    "vmap": "vmap",
}
"""What is as in Keras, by the module of `wengert.ops` that it is in."""
ALSO = {
    "absolute": "abs", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin", "arcsinh": "asinh", "arctan": "atan",
    "arctan2": "atan2", "arctanh": "atanh", "bitwise_not": "bitwise_invert", "conjugate": "conj",
    "left_shift": "bitwise_left_shift", "right_shift": "bitwise_right_shift", "true_divide": "divide",
    "vectorized_map": "vmap",
}  # fmt: skip
"""Other names that Keras has for it."""

ROOM = (
    "algebra", "basics", "classes", "control", "convolution", "nn", "numbers", "patches", "places", "reductions",
    "shapes", "signal",
)  # fmt: skip
"""The modules beside this one; each gives the functions that it names in `__all__`."""


def _from(module: str, names: Iterable[str]) -> dict[str, Any]:
    found = import_module(module)
    return {name: getattr(found, name) for name in names}


_found: dict[str, Any] = {}
for _module, _names in SAME.items():
    _found |= _from(f"wengert.ops.{_module}", _names.split())
for _module in ROOM:
    _found |= _from(f"{__name__}.{_module}", import_module(f"{__name__}.{_module}").__all__)
_found |= {"power": import_module("wengert.ops.math").pow, "mod": import_module("wengert.ops.math").remainder}
_found |= {name: _found[own] for name, own in ALSO.items()}
_found["image"] = import_module(f"{__name__}.image")
_found |= dict.fromkeys(("linalg", "nn", "numpy"), sys.modules[__name__])  # `ops.nn.relu`
__all__ = sorted(_found)
globals().update(_found)
