"""Operations whose arguments Keras orders or names otherwise, in terms of Wengert's: for `keras_names.py`."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.base.errors import UsageError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import control as _control
from wengert.ops import conv as _conv
from wengert.ops import creation as _creation
from wengert.ops import decompositions as _decompositions
from wengert.ops import indexing as _indexing
from wengert.ops import joining as _joining
from wengert.ops import math as _math
from wengert.ops import norms as _norms
from wengert.ops import reduce as _reduce
from wengert.ops import shape as _shape
from wengert.ops import sorting as _sorting
from wengert.ops.at import At
from wengert.ops.bits import (
    logical_and,
)
from wengert.ops.creation import (
    eye,
    ones_like,
    zeros,
)
from wengert.ops.indexing import one_hot, take_along_axis
from wengert.ops.joining import concatenate, stack
from wengert.ops.linalg import tensordot
from wengert.ops.math import (
    abs,
    divide,
    equal,
    greater,
    less,
    less_equal,
    maximum,
    multiply,
    subtract,
    where,
)
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.ops.shape import (
    expand_dims,
    moveaxis,
    reshape,
)
from wengert.ops.vmap import vmap
from wengert.runtime.tensor import Tensor
from wengert.runtime.variable import Variable

Axis = int | Sequence[int] | None


# --- tensors and numbers --------------------------------------------------------------------------


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Array:
    """x as a tensor, in a dtype."""
    found = x.value if isinstance(x, Variable) else operand(x)
    found = Tensor(found) if isinstance(found, np.ndarray) else found
    return found if dtype is None else operators.cast(found, dtype_name(dtype))


def array(x: Any, dtype: Any = None) -> Array:
    """x as a tensor, as `convert_to_tensor`."""
    return convert_to_tensor(x, dtype)


def convert_to_numpy(x: Any) -> Any:
    """x as a NumPy array."""
    return np.asarray(x)


def cast(x: Any, dtype: Any) -> Array:
    """x in another dtype."""
    return operators.cast(convert_to_tensor(x), dtype_name(dtype))


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor, or stands for one."""
    return hasattr(x, "interpret") and not isinstance(x, Variable)


def shape(x: Any) -> Any:
    """The lengths of x; a symbol where one is not known."""
    return type_of(x).shape


def ndim(x: Any) -> int:
    """How many axes x has."""
    return type_of(x).rank


def size(x: Any) -> Any:
    """How many elements x has."""
    return type_of(x).size


def dtype(x: Any) -> str:
    """The dtype of x by name."""
    return type_of(x).dtype


def copy(x: Any) -> Array:
    """x: tensors do not change, and need no copies."""
    return convert_to_tensor(x)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Array:
    """start, start + step, ... before stop; from 0 where only one is given. Integers are int32."""
    whole = builtins.all(isinstance(n, int | np.integer) for n in (start, stop, step) if n is not None)
    return _creation.arange(
        start, stop, step, dtype=("int32" if whole else "float32") if dtype is None else dtype
    )


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> Array:
    """num numbers from start to stop, evenly."""
    return _creation.linspace(start, stop, num, dtype=dtype, endpoint=endpoint)


def identity(n: int, dtype: Any = None) -> Array:
    """The identity matrix."""
    return eye(n, dtype=dtype)


# --- reductions: (x, axis, keepdims), in this order ------------------------------------------------


def _reduction(reduce: Callable[..., Array]) -> Callable[..., Array]:
    @functools.wraps(reduce)
    def reduced(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
        return reduce(_array(x), axis=axis, keepdims=keepdims)

    return reduced


def _array(x: Any) -> Array:
    """x as an array; a list of scalars, such as `layer.losses`, stacked."""
    nodes = isinstance(x, list | tuple) and builtins.any(hasattr(v, "interpret") for v in x)
    return stack(list(x)) if nodes else operand(x)


mean, prod = _reduction(_reduce.mean), _reduction(_reduce.prod)
std, var = _reduction(_reduce.std), _reduction(_reduce.var)
max, min = _reduction(_reduce.max), _reduction(_reduce.min)
amax, amin = max, min


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum of the elements, along axes or of all; of an empty list 0."""
    return 0.0 if isinstance(x, list) and not x else _reduce.sum(_array(x), axis=axis, keepdims=keepdims)


def average(x: Any, axis: Axis = None, weights: Any = None) -> Array:
    """The mean, where elements count as much as their weights say."""
    if weights is None:
        return mean(x, axis)
    return divide(sum(multiply(x, weights), axis), sum(multiply(ones_like(x), weights), axis))


def moments(x: Any, axes: Any, keepdims: bool = False) -> tuple[Array, Array]:
    """Mean and variance along axes."""
    return mean(x, axes, keepdims), var(x, axes, keepdims)


# --- elementwise ----------------------------------------------------------------------------------


def clip(x: Any, x_min: Any, x_max: Any) -> Array:
    """x, no less than x_min and no more than x_max."""
    return _math.clip(x, x_min, x_max)


def round(x: Any, decimals: int = 0) -> Array:
    """The nearest number with so many decimals."""
    return _math.round(x) if decimals == 0 else _math.round(operand(x) * 10.0**decimals) / 10.0**decimals


def divide_no_nan(x1: Any, x2: Any) -> Array:
    """x1 / x2, but 0 where x2 is 0."""
    zero = equal(x2, 0)
    return where(zero, 0.0, divide(x1, where(zero, 1.0, x2)))


def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8) -> Array:
    """Whether |x1 - x2| <= atol + rtol * |x2|."""
    return less_equal(abs(subtract(x1, x2)), atol + rtol * abs(operand(x2)))


def erfinv(x: Any) -> Array:
    """The number whose `erf` is x."""
    from wengert.ops.quantiles import normal_quantile

    return normal_quantile((operand(x) + 1.0) / 2.0) / 2.0**0.5


# --- arrangement ----------------------------------------------------------------------------------


def ravel(x: Any) -> Array:
    """x in one axis."""
    return _shape.reshape(x, (-1,))


def append(x1: Any, x2: Any, axis: int | None = None) -> Array:
    """x2 behind x1; both in one axis where none is named."""
    return concatenate([ravel(x1), ravel(x2)] if axis is None else [x1, x2], axis=axis or 0)


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Array]:
    """The parts of x along an axis, without it."""
    return list(_joining.unstack(operand(x), axis=axis))


def vstack(xs: Sequence[Any]) -> Array:
    """Arrays below each other."""
    return concatenate([reshape(x, (1, -1)) if ndim(x) < 2 else x for x in xs], axis=0)


def hstack(xs: Sequence[Any]) -> Array:
    """Arrays beside each other."""
    return concatenate(list(xs), axis=0 if ndim(xs[0]) < 2 else 1)


def dot(x1: Any, x2: Any) -> Array:
    """The product of matrices or vectors; of the last axis of x1 and the last but one of x2."""
    if ndim(x1) == 0 or ndim(x2) == 0:
        return multiply(x1, x2)
    return tensordot(x1, x2, axes=((-1,), (-1 if ndim(x2) == 1 else -2,)))


def get_item(x: Any, key: Any) -> Array:
    """x[key]"""
    return _indexing.getitem(x, key)


def slice(inputs: Any, start_indices: Any, shape: Any) -> Array:
    """The block of a shape that begins at an index."""
    return inputs[
        tuple(builtins.slice(int(a), int(a) + n) for a, n in zip(start_indices, shape, strict=True))
    ]


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Array:
    """inputs with a block in place of what is there."""
    lengths = type_of(updates).shape
    key = tuple(builtins.slice(int(a), int(a) + n) for a, n in zip(start_indices, lengths, strict=True))
    return At(operand(inputs))[key].set(updates)


def _places(indices: Any) -> tuple[Array, ...]:
    """Arrays of indices, one an axis, from one whose last axis they are."""
    return tuple(unstack(operand(indices), axis=-1))


def scatter_update(inputs: Any, indices: Any, updates: Any) -> Array:
    """inputs with updates in place of the elements at indices."""
    return At(operand(inputs))[_places(indices)].set(updates)


def scatter(indices: Any, values: Any, shape: Any) -> Array:
    """Zeros to which values are added at indices."""
    return At(zeros(shape, dtype=type_of(values).dtype))[_places(indices)].add(values)


def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Array:
    """Where values would stand in a sorted sequence."""
    return _sorting.searchsorted(operand(sorted_sequence), operand(values), side=side)


def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    """The k largest elements of the last axis, and where they are."""
    return _sorting.top_k(operand(x), k)


def in_top_k(targets: Any, predictions: Any, k: int) -> Array:
    """Whether the score of each target is among the k largest of its row."""
    of_target = take_along_axis(predictions, expand_dims(targets, -1), -1)
    return less(sum(cast(greater(predictions, of_target), "int32"), -1), k)


# --- neural networks ------------------------------------------------------------------------------


def conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: Any = "valid", data_format: Any = None,
    dilation_rate: Any = 1,
) -> Array:  # fmt: skip
    """Convolution of [batch, *spatial, channels]."""
    _require_channels_last("conv", data_format)
    return _conv.conv(inputs, kernel, strides, padding, dilation_rate)


def depthwise_conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: Any = "valid", data_format: Any = None,
    dilation_rate: Any = 1,
) -> Array:  # fmt: skip
    """Convolution of each channel by itself."""
    _require_channels_last("depthwise_conv", data_format)
    return _conv.depthwise_conv(inputs, kernel, strides, padding, dilation_rate)


def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Array:
    """The largest element of each window."""
    _require_channels_last("max_pool", data_format)
    return _conv.max_pool(inputs, _each_axis(pool_size, inputs), strides, padding)


def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Array:
    """The mean of each window."""
    _require_channels_last("average_pool", data_format)
    return _conv.average_pool(inputs, _each_axis(pool_size, inputs), strides, padding)


def _each_axis(size: Any, inputs: Any) -> Any:
    return (size,) * (ndim(inputs) - 2) if isinstance(size, int) else size


def _require_channels_last(name: str, data_format: Any) -> None:
    if data_format not in (None, "channels_last"):
        raise UsageError(
            f"{name}: data_format must be 'channels_last'; got {data_format!r}. Transpose first."
        )


def multi_hot(inputs: Any, num_classes: int, axis: int = -1, dtype: Any = None) -> Array:
    """1 at each of the classes that a row names."""
    return max(
        one_hot(inputs, num_classes, axis=axis, dtype=dtype or "float32"), axis=1 if ndim(inputs) > 1 else 0
    )


def normalize(x: Any, axis: int = -1, order: int = 2, epsilon: float = 1e-12) -> Array:
    """x divided by its norm along an axis."""
    return divide(x, maximum(_norms.vector_norm(operand(x), axis=axis, keepdims=True, ord=order), epsilon))


# --- linear algebra -------------------------------------------------------------------------------


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """The norm of vectors, or of matrices where two axes are named."""
    if isinstance(axis, tuple | list) and len(axis) == 2:
        return _norms.matrix_norm(moveaxis(x, tuple(axis), (-2, -1)), keepdims=keepdims, ord=ord or "fro")
    return _norms.vector_norm(operand(x), axis=axis, keepdims=keepdims, ord=2 if ord is None else ord)


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, S and Vh with U @ diag(S) @ Vh = x; or S alone."""
    if not compute_uv:
        return _decompositions.svdvals(operand(x))
    return tuple(_decompositions.svd(operand(x), full_matrices=full_matrices))


# --- control --------------------------------------------------------------------------------------


def while_loop(cond: Any, body: Any, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """`loop_vars = body(*loop_vars)` again and again, while `cond(*loop_vars)` holds."""
    many = isinstance(loop_vars, list | tuple)
    state = tuple(convert_to_tensor(x) for x in (loop_vars if many else [loop_vars]))

    def again(s: Any) -> Any:
        more = cond(*s[0])
        return more if maximum_iterations is None else logical_and(more, s[1] < maximum_iterations)

    def step(s: Any) -> Any:
        found = body(*s[0])
        return (tuple(found) if isinstance(found, list | tuple) else (found,)), s[1] + 1

    found = _control.while_loop(again, step, (state, convert_to_tensor(0, "int32")))[0]
    return type(loop_vars)(found) if many else found[0]


def fori_loop(lower: Any, upper: Any, body_fun: Any, init_val: Any) -> Any:
    """`state = body_fun(i, state)` for each i from lower to upper."""
    return _control.fori_loop(lower, upper, body_fun, init_val)


def map(f: Any, xs: Any) -> Any:
    """f of each row."""
    return vmap(f)(xs)
