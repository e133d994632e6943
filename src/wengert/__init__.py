"""Wengert: deep learning on your own machine.

One dataflow graph, differentiated four ways, compiled to one native training step: `import wengert as wg`.
"""

import sys as _sys
from collections.abc import Sequence as _Sequence
from importlib import import_module as _import_module
from math import e, inf, nan, pi
from types import FunctionType as _FunctionType
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from wengert import distribute
from wengert.base import errors
from wengert.base.dtypes import (
    bfloat16,
    bool,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from wengert.base.late import stand_in as _stand_in
from wengert.base.words import did_you_mean as _did_you_mean
from wengert.ir import boundary as _boundary
from wengert.ir.broadcast import strict_broadcast
from wengert.ir.finite import check_finite
from wengert.ir.node import Node as _Node
from wengert.ir.types import TensorType
from wengert.nn import (
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    optimizers,
    regularizers,
    schedules,
)
from wengert.nn.initializers import Initializer
from wengert.nn.layers import Input, InputSpec, Layer
from wengert.nn.losses import Loss
from wengert.nn.metrics import Metric
from wengert.nn.mixed_precision import DTypePolicy
from wengert.nn.optimizers import Optimizer
from wengert.nn.regularizers import Regularizer
from wengert.ops import activations, fft, linalg, numeric, random
from wengert.ops import methods as _methods  # noqa: F401  # gives tensors their methods
from wengert.ops.activations import log_sigmoid, log_softmax, relu, sigmoid, softmax, softplus
from wengert.ops.bits import (
    bitwise_and,
    bitwise_invert,
    bitwise_left_shift,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
from wengert.ops.check import check
from wengert.ops.clipping import clip_by_global_norm, clip_by_norm, clip_by_value, global_norm, gradient_norms
from wengert.ops.control import cond, fori_loop, scan, switch, while_loop
from wengert.ops.conv import average_pool, conv, conv_transpose, depthwise_conv, max_pool
from wengert.ops.creation import (
    arange,
    asarray,
    empty,
    empty_like,
    eye,
    from_dlpack,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tril,
    triu,
    zeros,
    zeros_like,
)
from wengert.ops.custom import checkpoint, custom_gradient, custom_jvp
from wengert.ops.dtypes import astype, can_cast, finfo, iinfo, isdtype, result_type
from wengert.ops.einsum import einsum
from wengert.ops.grad import grad, gradients, hvp, jvp, linearize, value_and_grad, vjp
from wengert.ops.gradient_graph import gradient_graph
from wengert.ops.indexing import one_hot, take, take_along_axis
from wengert.ops.inverse import acos, acosh, asin, asinh, atan, atan2, atanh, hypot
from wengert.ops.jacobian import hessian, jacfwd, jacobian, jacrev
from wengert.ops.joining import concat, concatenate, diff, repeat, roll, split, stack, tile, unstack
from wengert.ops.linalg import matmul, outer, tensordot, vecdot
from wengert.ops.math import (
    abs,
    add,
    ceil,
    clip,
    copysign,
    cos,
    cosh,
    divide,
    equal,
    erf,
    exp,
    expm1,
    floor,
    floor_divide,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    maximum,
    minimum,
    multiply,
    negative,
    nextafter,
    not_equal,
    positive,
    pow,
    reciprocal,
    remainder,
    round,
    rsqrt,
    sign,
    signbit,
    sin,
    sinh,
    sqrt,
    square,
    stop_gradient,
    subtract,
    tan,
    tanh,
    trunc,
    where,
)
from wengert.ops.namespace import array_api_version, array_namespace_info
from wengert.ops.padding import pad
from wengert.ops.parts import conj, imag, real
from wengert.ops.random import set_seed as set_random_seed
from wengert.ops.reduce import (
    all,
    any,
    argmax,
    argmin,
    count_nonzero,
    cumprod,
    cumsum,
    cumulative_prod,
    cumulative_sum,
    logsumexp,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from wengert.ops.resize import resize
from wengert.ops.segments import segment_max, segment_mean, segment_min, segment_prod, segment_sum
from wengert.ops.sets import nonzero, unique_all, unique_counts, unique_inverse, unique_values
from wengert.ops.shape import (
    broadcast_arrays,
    broadcast_to,
    expand_dims,
    flatten,
    flip,
    matrix_transpose,
    meshgrid,
    moveaxis,
    permute_dims,
    reshape,
    squeeze,
    swapaxes,
    transpose,
)
from wengert.ops.sorting import argsort, searchsorted, sort, top_k
from wengert.ops.symbolic import Expression, symbolic
from wengert.ops.tape import GradientTape
from wengert.ops.vmap import vmap
from wengert.ops.windows import fold, sliding_window_view, unfold
from wengert.runtime.function import Function, function
from wengert.runtime.tensor import Tensor
from wengert.runtime.threads import get_threads, set_threads
from wengert.runtime.variable import Variable
from wengert.train import callbacks
from wengert.train import functional as _functional  # noqa: F401  # what `Model(inputs, outputs)` makes
from wengert.train import models as models
from wengert.train.keras import saving
from wengert.train.keras import settings as _keras_settings
from wengert.train.model import Model
from wengert.train.saving import load_model
from wengert.train.sequential import Sequential

__version__ = "0.1.0"

newaxis = None  # an index that adds an axis of length 1

__array_api_version__ = array_api_version

__array_namespace_info__ = array_namespace_info

_LATE = {
    "data": "wengert.data",
    "datasets": "wengert.data.datasets",
    "derive": "wengert.ops.derive:derive",
    "dtype_policies": "wengert.train.keras.dtype_policies",
    "ops": "wengert.ops.keras",
    "preprocessing": "wengert.train.keras.preprocessing",
    "tree": "wengert.train.keras.tree",
    "utils": "wengert.train.keras.utilities",
    "wrappers": "wengert.train.keras.wrappers",
    "zoo": "wengert.zoo",
    **dict.fromkeys(
        ("FloatDTypePolicy", "KerasTensor", "Operation", "RematScope", "device", "name_scope", "remat"),
        "wengert.train.keras.names:",
    ),
}
"""What not every program uses, and so is imported by its first use: a module, or after a colon a name in it."""

if _TYPE_CHECKING:
    from wengert import data, zoo
    from wengert.data import datasets
    from wengert.ops.derive import derive
    from wengert.train.keras import dtype_policies, preprocessing, tree, wrappers
    from wengert.train.keras import utilities as utils
    from wengert.train.keras.names import (
        FloatDTypePolicy,
        KerasTensor,
        Operation,
        RematScope,
        device,
        name_scope,
        remat,
    )


@_boundary.boundary
def __getattr__(name: str) -> _Any:
    """A name of `_LATE`, which is imported now; of all others, an error that says what was probably meant."""
    if name not in _LATE:
        raise _absent("wengert", __all__, name)
    module, colon, _ = _LATE[name].partition(":")
    found: _Any = _import_module(module)
    if colon:
        found = vars(found)[name]
        if isinstance(found, _FunctionType):
            found = _boundary.lent(_sys.modules[__name__], name, found)
    elif hasattr(found, "__all__"):
        _furnish(name, found)
    globals()[name] = found
    return found


def _absent(space: str, known: _Sequence[str], name: str) -> AttributeError:
    """The error about a name that is not in a public module."""
    told = f"{space}: an attribute must be one of dir({space}); got {name!r}."
    if name.startswith("_"):  # of those, nobody means another
        return AttributeError(told)
    hint = _import_module("wengert.train.keras.elsewhere").hint(f"{space}.{name}".partition(".")[2])
    return AttributeError(told + (hint or _did_you_mean(name, known)))


def version() -> str:
    """`wg.__version__`.

    Example:
        >>> import wengert as wg
        >>> wg.version() == wg.__version__
        True
    """
    return __version__


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATE})


def _furnish(name: str, space: _ModuleType) -> None:
    """Let a public module show what it promises, be imported by its name here, and say what it has not."""

    def absent(attribute: str) -> _Any:
        raise _absent(f"wengert.{name}", space.__all__, attribute)

    vars(space).update(__dir__=space.__all__.copy)
    vars(space).setdefault("__getattr__", absent)
    _sys.modules.setdefault(f"wengert.{name}", space)  # for `from wengert.layers import Dense`


globals().update(backend=_keras_settings, config=_keras_settings)  # for programs that come from Keras
del globals()["ops"]  # the folder of that name; as a name of users it is Keras's, which `__getattr__` imports
for _name, _space in list(globals().items()):
    if isinstance(_space, _ModuleType) and hasattr(_space, "__all__"):
        _furnish(_name, _space)
_sys.modules["wengert.optimizers.schedules"] = schedules
_sys.modules.update({f"wengert.{_name}": _keras_settings for _name in ("backend", "config")})
_stand_in(
    *(f"wengert.{_name}" for _name, _of in _LATE.items() if ":" not in _of and _of != f"wengert.{_name}")
)
_stand_in("wengert.ops.image", "wengert.preprocessing.image", "wengert.preprocessing.sequence")

__all__ = [
    "DTypePolicy", "Expression", "FloatDTypePolicy", "Function", "GradientTape", "Initializer", "Input", "InputSpec",
    "KerasTensor", "Layer", "Loss", "Metric", "Model", "Operation", "Optimizer", "Regularizer", "RematScope",
    "Sequential", "Tensor", "TensorType", "Variable",
    "abs", "acos", "acosh", "activations", "add", "all", "any", "arange", "argmax", "argmin", "argsort",
    "__array_api_version__", "array_api_version", "__array_namespace_info__", "array_namespace_info", "asarray",
    "asin", "asinh", "astype", "atan", "atan2", "atanh", "average_pool",
    "bfloat16", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "bool", "broadcast_arrays", "broadcast_to",
    "callbacks", "can_cast", "ceil", "check", "check_finite", "checkpoint", "clip", "clip_by_global_norm",
    "clip_by_norm", "clip_by_value", "complex128", "complex64", "concat", "concatenate", "cond", "config", "conj",
    "constraints", "conv", "conv_transpose", "copysign", "cos", "cosh", "count_nonzero", "cumprod", "cumsum",
    "cumulative_prod", "cumulative_sum", "custom_gradient", "custom_jvp",
    "data", "datasets", "depthwise_conv", "derive", "device", "diff", "distribute", "divide", "dtype_policies",
    "e", "einsum", "empty", "empty_like", "equal", "erf", "errors", "exp", "expand_dims", "expm1", "eye",
    "fft", "finfo", "flatten", "flip", "float16", "float32", "float64", "floor", "floor_divide", "fold", "fori_loop",
    "from_dlpack", "full", "full_like", "function",
    "get_threads", "global_norm", "grad", "gradient_graph", "gradient_norms", "gradients", "greater",
    "greater_equal",
    "hessian", "hvp", "hypot",
    "iinfo", "imag", "inf", "initializers", "int16", "int32", "int64", "int8", "isdtype", "isfinite", "isinf",
    "isnan",
    "jacfwd", "jacobian", "jacrev", "jvp",
    "layers", "less", "less_equal", "linalg", "linearize", "linspace", "load_model", "log", "log10", "log1p", "log2",
    "log_sigmoid", "log_softmax", "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor",
    "logsumexp", "losses",
    "matmul", "matrix_transpose", "max", "max_pool", "maximum", "mean", "meshgrid", "metrics", "min", "minimum",
    "mixed_precision", "models", "moveaxis", "multiply",
    "name_scope", "nan", "negative", "newaxis", "nextafter", "nonzero", "not_equal", "numeric",
    "one_hot", "ones", "ones_like", "ops", "optimizers", "outer",
    "pad", "permute_dims", "pi", "positive", "pow", "preprocessing", "prod",
    "random", "real", "reciprocal", "regularizers", "relu", "remainder", "remat", "repeat", "reshape", "resize",
    "result_type", "roll", "round", "rsqrt",
    "saving", "scan", "schedules", "searchsorted", "segment_max", "segment_mean", "segment_min", "segment_prod",
    "segment_sum",
    "set_random_seed", "set_threads", "sigmoid", "sign", "signbit", "sin", "sinh", "sliding_window_view", "softmax",
    "softplus", "sort", "split", "sqrt", "square", "squeeze", "stack", "std", "stop_gradient", "strict_broadcast",
    "subtract", "sum", "swapaxes", "switch", "symbolic",
    "take", "take_along_axis", "tan", "tanh", "tensordot", "tile", "top_k", "transpose", "tree", "tril", "triu",
    "trunc",
    "uint16", "uint32", "uint64", "uint8", "unfold", "unique_all", "unique_counts", "unique_inverse",
    "unique_values", "unstack", "utils",
    "value_and_grad", "var", "vecdot", "version", "vjp", "vmap",
    "where", "while_loop", "wrappers",
    "zeros", "zeros_like", "zoo",
]  # fmt: skip

_boundary.draw(
    _sys.modules[__name__],
    *(
        activations,
        constraints,
        distribute,
        fft,
        initializers,
        layers,
        linalg,
        losses,
        metrics,
        mixed_precision,
        models,
        numeric,
        optimizers,
        random,
        regularizers,
        schedules,
    ),
    around=(_Node, *(c for c in vars(callbacks).values() if isinstance(c, type))),
)
