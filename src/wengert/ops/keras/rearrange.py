"""rearrange: axes named in a pattern, in the notation of einops."""

from __future__ import annotations

import math
import re
from typing import Any

from wengert.base.errors import ShapeError, UsageError
from wengert.ir.dim import Dim, product
from wengert.ir.types import type_of
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.ops.shape import reshape, transpose

__all__ = ["rearrange"]

Groups = list[list[str]]
AXIS = re.compile(r"\([\w\s.]*\)|\.\.\.|\w+")


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Array:
    """The elements with their axes split, put in another order, and merged.

    Args:
        pattern: `"b h w c -> b (h w) c"`: the axes before and after; those in parentheses are one.
        axes_lengths: of axes that one is split into; one of them may be left out. `...`: any axes, in their order.

    Raises:
        UsageError: the two sides of the pattern do not name the same axes.
        ShapeError: the pattern does not fit the tensor.

    Example:
        >>> import wengert as wg
        >>> wg.ops.rearrange(wg.zeros((2, 6, 5)), "b (h k) c -> (b k) c h", k=3).shape
        (6, 5, 2)
    """
    x = operand(tensor)
    t = type_of(x)
    sides = pattern.split("->")
    if len(sides) != 2:
        raise UsageError(f"rearrange: the pattern must be 'axes -> axes'; got {pattern!r}.")
    before, after = (_groups(_without_dots(side, t.rank, sides[0]), pattern) for side in sides)
    names, ends = sum(before, []), sum(after, [])
    if len(set(names)) != len(names) or sorted(names) != sorted(ends):
        raise UsageError(f"rearrange: both sides must name the same axes, each once; got {pattern!r}.")
    if len(before) != t.rank:
        raise ShapeError(f"rearrange: the pattern must name the {t.rank} axes of {t}; got {pattern!r}.")
    lengths: dict[str, int | Dim] = {}
    for group, n in zip(before, t.shape, strict=True):
        lengths |= _lengths(group, n, axes_lengths, pattern)
    x = transpose(reshape(x, tuple(lengths[a] for a in names)), [names.index(a) for a in ends])
    return reshape(x, tuple(product(lengths[a] for a in group) for group in after))


def _without_dots(side: str, rank: int, left: str) -> str:
    """A side with names in place of `...`: as many as the left side leaves of the axes."""
    count = rank - len(AXIS.findall(left)) + 1
    return side.replace("...", " ".join(f"_{k}" for k in range(count)))


def _groups(side: str, pattern: str) -> Groups:
    """The names of each axis: several, or none, where they are in parentheses."""
    if AXIS.sub("", side).strip():
        raise UsageError(f"rearrange: a side must be names, and names in parentheses; got {pattern!r}.")
    return [re.findall(r"\w+", axis) for axis in AXIS.findall(side)]


def _lengths(group: list[str], n: int | Dim, known: dict[str, int], pattern: str) -> dict[str, int | Dim]:
    """The length of each axis of a group, whose product is n."""
    given = {a: known[a] for a in group if a in known}
    missing = [a for a in group if a not in known]
    rest = math.prod(given.values())
    if len(missing) > 1 or (isinstance(n, int) and n % rest) or (not missing and n != rest):
        raise ShapeError(
            f"rearrange: the axes {' '.join(group) or 1} must multiply to {n}, at most one of them unknown; got "
            f"{given} in {pattern!r}. Give their lengths by name."
        )
    return {**given, **dict.fromkeys(missing, n // rest)}
