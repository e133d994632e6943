"""Sums over ranks: an operation like any other, eagerly, in recorded functions, and in derivatives."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.distribute.ranks import ranks, size
from wengert.ir.primitive import Primitive
from wengert.ir.source import here
from wengert.ir.types import TensorType, type_of
from wengert.ops.operands import Array, array
from wengert.prims.control import items_of, spread
from wengert.prims.families import NUMBERS
from wengert.prims.params import check_int, check_kind, show_types


def _sum_type(*xs: TensorType, place: str, alike: int = 0) -> tuple[TensorType, ...]:
    check_int("all_sum", "alike", alike, 0)
    if len(xs) <= alike:
        raise UsageError(f"all_sum: takes at least 1 input to add up; got {len(xs) - alike}.")
    if not isinstance(place, str):
        raise UsageError(f"all_sum: place must be a string; got {place!r}.")
    for x in xs:
        check_kind("all_sum", x, NUMBERS)
    return xs


def _sum_numpy(*xs: np.ndarray, place: str, alike: int = 0) -> tuple[np.ndarray, ...]:
    same = "".join(f"{x[()]!s}, " for x in xs[:alike])
    sums = ranks().sum(xs[alike:], f"all_sum({same}{show_types(map(type_of, xs[alike:]))}) at {place}")
    return *xs[:alike], *sums


def _of_those_there(xs: Any, place: str, alike: int) -> tuple[Any, ...]:
    """The same of tangents or cotangents; None, a zero on every rank, stays."""
    at = [k for k, x in enumerate(xs) if x is not None and k >= alike]
    sums = items_of(sum_over_ranks(*(xs[k] for k in at), place=place), len(at)) if at else ()
    return *xs[:alike], *spread(len(xs), at, sums)[alike:]


def _sum_jvp(dots: Any, out: Any, *xs: Any, place: str, alike: int = 0) -> tuple[Any, ...]:
    return _of_those_there(dots, place, alike)


def _sum_vjp(g: Any, out: Any, *xs: Any, place: str, alike: int = 0) -> tuple[Any, ...]:
    back = functools.cache(lambda: _of_those_there(g, place, alike))
    return tuple(None if part is None else lambda k=k: back()[k] for k, part in enumerate(g))


# of each input the sum over all ranks, in one meeting; place: who asks for it, the same on all ranks
# alike: so many inputs at the front are not added up, but must have one value on all ranks
sum_over_ranks: Primitive = Primitive(
    "all_sum",
    _sum_type,
    _sum_numpy,
    jvp=_sum_jvp,
    vjp=_sum_vjp,
    lead=lambda size, **params: params,
)


def all_sum(x: Array, /, *more: Array) -> Any:
    """sum of x over all ranks, in their order: the same bits on every rank and in every run.

    All ranks must come to it, with the same shapes. Several tensors are summed in one exchange, which is quicker.
    The derivative is that of the sum over all ranks of whatever they differentiate: `all_sum` of the cotangents.

    Returns:
        The sum; of several tensors a tuple of sums.

    Raises:
        ShapeError: shapes or dtypes differ between ranks. RankError: another rank does something else meanwhile.

    Example:
        >>> import wengert as wg
        >>> wg.distribute.all_sum(wg.Tensor([1.0, 2.0])).numpy()  # of one rank
        array([1., 2.], dtype=float32)
    """
    xs = [array(v) for v in (x, *more)]
    sums = items_of(sum_over_ranks(*xs, place=str(here())), len(xs))
    return tuple(sums) if more else sums[0]


def all_mean(x: Array, /, *more: Array) -> Any:
    """all_sum(x) / size(): the mean of x over all ranks; of several tensors, a tuple. See `all_sum`."""
    sums = all_sum(x, *more)
    return tuple(s / size() for s in sums) if more else sums / size()
