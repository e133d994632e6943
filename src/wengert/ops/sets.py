"""The elements of an array as a set, and where they are: results whose length depends on the values.

They run eagerly; a program that is recorded does not know how long they would be.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wengert.base.errors import ShapeError
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array, concrete
from wengert.runtime.tensor import Tensor

_INSTEAD = "Sort with wg.sort, or compute it before the program is recorded."


class UniqueAll(NamedTuple):
    """Each element once, in order; where it comes first; which of them each element is; how often it comes."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCounts(NamedTuple):
    """Each element once, in order, and how often it comes."""

    values: Array
    counts: Array


class UniqueInverse(NamedTuple):
    """Each element once, in order, and which of them each element is."""

    values: Array
    inverse_indices: Array


def unique_all(x: Array, /) -> UniqueAll:
    """The different elements in order, their first positions in the flattened x, the inverse, and their counts.

    Each NaN is an element of its own; -0.0 and 0.0 are one.
    """
    return UniqueAll(*map(Tensor, np.unique_all(_values("unique_all", x))))


def unique_counts(x: Array, /) -> UniqueCounts:
    """The different elements in order, and how often each comes."""
    return UniqueCounts(*map(Tensor, np.unique_counts(_values("unique_counts", x))))


def unique_inverse(x: Array, /) -> UniqueInverse:
    """The different elements in order, and for each element of x, which of them it is: `values[inverse] == x`."""
    return UniqueInverse(*map(Tensor, np.unique_inverse(_values("unique_inverse", x))))


def unique_values(x: Array, /) -> Array:
    """The different elements, in order."""
    return Tensor(np.unique(_values("unique_values", x), equal_nan=False))


def nonzero(x: Array, /) -> tuple[Array, ...]:
    """The positions of all elements that are not zero: one array of indices for each axis.

    Raises:
        ShapeError: x has no axes.
    """
    if not type_of(array(x)).rank:
        raise ShapeError(f"nonzero: x must have an axis; got {type_of(array(x))}. Use x != 0.")
    return tuple(map(Tensor, np.nonzero(concrete("nonzero", "the values", x, "Use wg.where(x != 0, ...)."))))


def _values(name: str, x: Array) -> Any:
    return concrete(name, "the values", x, _INSTEAD)
