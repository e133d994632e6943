"""Operations by the names and arguments that Keras has for them: `wg.ops`. For programs that come from there.

What has one meaning in both is Wengert's own function; the modules of this room say the rest in terms of it.
"""

import sys
from importlib import import_module
from typing import Any

from wengert.ir import boundary as _boundary
from wengert.ops.keras.arguments import with_arguments_of_keras as _with_arguments

SAME = {
    "activations": (
        "celu elu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log_sigmoid relu "
        "relu6 selu sigmoid silu soft_shrink softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus "
        "swish tanh_shrink threshold"
    ),
    "bessel": "i0",
    "bits": (
        "bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor logical_and "
        "logical_not logical_or logical_xor"
    ),
    "control": "switch",
    "creation": "empty empty_like eye full full_like ones ones_like tril triu zeros zeros_like",
    "custom": "custom_gradient",
    "decompositions": "cholesky eig eigh qr",
    "erfc": "erfc",
    "grad": "vjp",
    "indexing": "take",
    "inverse": "acos acosh asin asinh atan atan2 atanh hypot",
    "joining": "concatenate repeat roll split stack tile",
    "linalg": "matmul tensordot",
    "losses": "categorical_crossentropy",
    "math": (
        "abs add ceil cos cosh divide equal erf exp expm1 floor floor_divide greater greater_equal isfinite isinf "
        "isnan less less_equal log log1p log2 log10 logaddexp maximum minimum multiply negative nextafter not_equal "
        "pow reciprocal remainder rsqrt sign signbit sin sinh sqrt square stop_gradient subtract tan tanh trunc"
    ),
    "parts": "conj imag real",
    "reduce": "all any argmax argmin logsumexp",
    "sets": "nonzero",
    "shape": "broadcast_to flip meshgrid moveaxis reshape squeeze swapaxes transpose",
    "sorting": "argsort sort",
    "systems": "det inv solve",
    "vmap": "vmap",
}
"""What is as in Keras but for the names of arguments, by the module of `wengert.ops` that it is in."""
ALSO = {
    "absolute": "abs", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin", "arcsinh": "asinh", "arctan": "atan",
    "arctan2": "atan2", "arctanh": "atanh", "bitwise_not": "bitwise_invert", "conjugate": "conj",
    "left_shift": "bitwise_left_shift", "mod": "remainder", "power": "pow", "right_shift": "bitwise_right_shift",
    "true_divide": "divide",
}  # fmt: skip
"""Other names that Keras has for it."""

ROOM = (
    "algebra", "basics", "binning", "classes", "comparisons", "control", "convolution", "correlation", "diagonals",
    "differences", "elementwise", "lu", "mapping", "nans", "nn", "patches", "pieces", "places", "quantiles", "ranges",
    "rearrange", "reductions", "segments", "shapes", "signal", "uniques",
)  # fmt: skip
"""The modules beside this one; each gives the functions that it names in `__all__`."""

_found: dict[str, Any] = {}
for _module, _names in SAME.items():
    _own = import_module(f"wengert.ops.{_module}")
    _found |= {name: _with_arguments(name, getattr(_own, name)) for name in _names.split()}
for _module in ROOM:
    _own = import_module(f"{__name__}.{_module}")
    _found |= {name: getattr(_own, name) for name in _own.__all__}
_found |= {name: _found[own] for name, own in ALSO.items()}
_found["image"] = import_module(f"{__name__}.image")
_found |= dict.fromkeys(("linalg", "nn", "numpy"), sys.modules[__name__])  # `ops.nn.relu`
__all__ = sorted(_found)
globals().update(_found)
for _face in (sys.modules[__name__], _found["image"]):
    _boundary.draw(_face)


def __dir__() -> list[str]:
    return list(__all__)
