"""Random orders, and elements chosen at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.dim import Dim, product
from wengert.ir.types import TensorType, type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.indexing import take
from wengert.ops.keys import known_value
from wengert.ops.operands import Array, array, floating, normalize_axis
from wengert.ops.shape import Lengths, reshape, shape_tuple, slice_axis
from wengert.ops.sorting import argsort, searchsorted
from wengert.ops.streams import Seed, Source, inner_unit, joined_words, source_of, unit


def permutation(x: Array | Dim, seed: Seed = None, *, axis: int = 0) -> Array:
    """0..n - 1 in random order, of an int n; of an array its elements along an axis, moved together.

    Example:
        >>> import wengert as wg
        >>> sorted(wg.random.permutation(5, seed=0).numpy().tolist())
        [0, 1, 2, 3, 4]
    """
    source = source_of(seed)
    if isinstance(x, int | np.integer | Dim):
        (n,) = shape_tuple("permutation", x if isinstance(x, Dim) else int(x))
        if isinstance(n, int) and n < 0:
            raise ValueRangeError(f"permutation: n must be >= 0; got {n}.")
        return _order(source, n)
    x = array(x)
    at = normalize_axis("permutation", axis, type_of(x))
    return take(x, _order(source, type_of(x).shape[at]), axis=at)


def shuffle(x: Array, axis: int = 0, seed: Seed = None) -> Array:
    """The elements of x along an axis, moved together into a random order: `permutation` by Keras's name.

    Example:
        >>> import wengert as wg
        >>> sorted(wg.random.shuffle(wg.arange(4), seed=0).numpy().tolist())
        [0, 1, 2, 3]
    """
    return permutation(array(x), seed, axis=axis)


def _order(source: Source, n: int | Dim) -> Array:
    """Every order is equally likely, as no two of n 64-bit numbers are equal (or nearly so: n^2 / 2^65)."""
    return argsort(joined_words(source.bits((n, 2))))


def choice(
    a: Array | int, shape: Lengths = (), replace: bool = True, p: Array | None = None, seed: Seed = None
) -> Array:
    """Elements of `a` (of its first axis; of 0..a - 1, where it is an int) chosen at random.

    Args:
        replace: whether an element may be chosen again.
        p: how likely each is, as numbers >= 0, to be divided by their sum; None: equally.

    Raises:
        ShapeError: without `replace` there are fewer elements than are wanted; p has another length.

    Source: without `replace`, with p: the Gumbel-max trick for several; see Kool et al., "Stochastic beams and
    where to find them", ICML 2019.
    """
    lengths, elements = shape_tuple("choice", shape), a if isinstance(a, int | np.integer) else array(a)
    n = _length(elements)
    count = product(lengths)
    weights = None if p is None else _weights(p, n)
    source = source_of(seed)
    if replace:
        chosen = _with_replacement(source, n, count, weights)
    else:
        chosen = _without_replacement(source, n, count, weights)
    chosen = reshape(chosen, lengths)
    return chosen if isinstance(elements, int | np.integer) else take(elements, chosen, axis=0)


def _length(elements: Any) -> int:
    if isinstance(elements, int | np.integer):
        n: Any = int(elements)
    else:
        t: TensorType = type_of(elements)
        n = t.shape[0] if t.rank else 0
    if isinstance(n, Dim) or n < 1:
        raise ShapeError(f"choice: there must be a known number of elements, and one at least; got {n}.")
    return int(n)


def _weights(p: Array, n: int) -> Array:
    p = floating(p)
    if type_of(p).shape != (n,):
        raise ShapeError(f"choice: p must have a number for each of {n} elements; got {type_of(p)}.")
    value = known_value(p)
    if value is not None and not (np.isfinite(value).all() and (value >= 0).all() and value.sum() > 0):
        raise ValueRangeError(f"choice: p must be numbers >= 0, one of them above 0; got {value}.")
    return operators.cast(p, "float64")


def _with_replacement(source: Source, n: int, count: int | Dim, weights: Array | None) -> Array:
    u = unit(source, (count,), "float64")
    if weights is None:
        return operators.cast(m.floor(u * n), "int64")
    sums = reduce.cumsum(weights)
    # u < 1, so the place is that of an element whose weight is not 0; the last sum may be rounded down to it.
    return m.minimum(searchsorted(sums, u * sums[-1], side="right"), n - 1)


def _without_replacement(source: Source, n: int, count: int | Dim, weights: Array | None) -> Array:
    value = None if weights is None else known_value(weights)
    most = n if value is None else int(np.count_nonzero(value))
    if isinstance(count, Dim) or count > most:
        raise ShapeError(f"choice: without replacement at most {most} elements can be chosen; got {count}.")
    if weights is None:
        return slice_axis(_order(source, n), 0, 0, count)
    gumbel = -m.log(-m.log(inner_unit(source, (n,), "float64")))
    return slice_axis(argsort(gumbel + m.log(weights), descending=True), 0, 0, count)
