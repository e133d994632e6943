"""einsum: sums of products written with letters for axes, done as a sequence of matrix products."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import promote
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.ir import operators
from wengert.ir.dim import Dim, typical
from wengert.ir.types import TensorType, type_of
from wengert.ops.operands import Array, array
from wengert.ops.shape import reshape, slice_axis, transpose
from wengert.prims import contraction, logic, movement
from wengert.prims.indexing import iota


@dataclass(frozen=True)
class Term:
    """An operand, and the letter of each of its axes."""

    x: Array
    letters: str


def einsum(subscripts: str, *operands: Array) -> Array:
    """The sum over all letters that the output does not have, of the products of the operands' elements.

    Args:
        subscripts: `"ij,jk->ik"`: a letter for each axis; `...` for axes that broadcast; a letter twice in one
            operand takes the diagonal. Without `->` the output has, in alphabetical order, the letters that
            occur once, after those of `...`.

    Numerics: three operands or more are multiplied two at a time, in the order that opt_einsum finds, or NumPy
    where it is not installed.

    Raises:
        UsageError: the subscripts make no sense.
        ShapeError: they do not fit the operands.

    Example:
        >>> import wengert as wg
        >>> x = wg.reshape(wg.arange(6.0), (2, 3))
        >>> wg.einsum("ij,kj->ik", x, x).numpy()
        array([[ 5., 14.],
               [14., 50.]], dtype=float32)
    """
    if not isinstance(subscripts, str):
        raise DTypeError(f"einsum: subscripts must be a string, as 'ij,jk->ik'; got {subscripts!r}.")
    values = [array(x) for x in operands]
    types = [type_of(x) for x in values]
    terms, output = _parse(subscripts, types)
    dtype = functools.reduce(promote, (t.dtype for t in types))
    lengths = _lengths(subscripts, terms, types)
    found = [
        _diagonals(_without_ones(Term(operators.cast(x, dtype), letters), lengths))
        for x, letters in zip(values, terms, strict=True)
    ]
    for pair in _path(terms, output, types) if len(found) > 2 else [tuple(range(len(found)))]:
        chosen = [found[n] for n in pair]
        found = [t for n, t in enumerate(found) if n not in pair]
        kept = set(output).union(*(t.letters for t in found))
        found.append(functools.reduce(lambda a, b: _product(a, b, kept), chosen))
    return _finish(found[0], output)


# --- reading --------------------------------------------------------------------------------------


def _parse(subscripts: str, types: Sequence[TensorType]) -> tuple[list[str], str]:
    """The letters of each operand and of the output; `...` as letters that stand for nothing else."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    sides = left.split(",")
    letters = set(text) - set(",.->")
    wrong = letters - set(string.ascii_letters)
    bare = [s.replace("...", "", 1) for s in (*sides, right)]
    if wrong or any(set(s) & set(".->,") for s in bare):
        raise UsageError(f"einsum: subscripts must be letters, ',', '...' and one '->'; got {subscripts!r}.")
    if len(sides) != len(types) or not types:
        raise UsageError(
            f"einsum: there must be an operand for each term; got {subscripts!r} and {len(types)}."
        )
    free = [c for c in string.ascii_letters if c not in letters]
    extra = [t.rank - len(s) for s, t in zip(bare, types, strict=False)]
    for s, t, n in zip(sides, types, extra, strict=True):
        if n < 0 or n > 0 and "..." not in s:
            raise ShapeError(f"einsum: {s!r} must have a letter for each axis of {t}; got {subscripts!r}.")
    widest = max((n for s, n in zip(sides, extra, strict=True) if "..." in s), default=0)
    dots = "".join(free[:widest])
    terms = [s.replace("...", dots[widest - n :]) for s, n in zip(sides, extra, strict=True)]
    if arrow:
        if set(right) - set(".") - set("".join(bare[:-1])) or len(set(bare[-1])) != len(bare[-1]):
            raise UsageError(
                f"einsum: the output must have letters of the operands, each once; got {subscripts!r}."
            )
        return terms, right.replace("...", dots)
    once = "".join(sorted(c for c in letters if left.count(c) == 1))
    return terms, dots + once


def _lengths(subscripts: str, terms: Sequence[str], types: Sequence[TensorType]) -> dict[str, int | Dim]:
    """How long the axes of each letter are; those of length 1 broadcast."""
    lengths: dict[str, int | Dim] = {}
    for letters, t in zip(terms, types, strict=True):
        for c, n in zip(letters, t.shape, strict=True):
            known = lengths.setdefault(c, n)
            if known == 1:
                lengths[c] = n
            elif n not in (1, known):
                raise ShapeError(
                    f"einsum: axes with the same letter must be equally long; got {known} and {n} in "
                    f"{subscripts!r} of {', '.join(map(str, types))}."
                )
    return lengths


def _path(terms: Sequence[str], output: str, types: Sequence[TensorType]) -> list[tuple[int, ...]]:
    """Which operands to multiply in each step; the product joins the list at its end."""
    shapes = tuple(tuple(map(typical, t.shape)) for t in types)
    return _cheapest(f"{','.join(terms)}->{output}", shapes)


@functools.lru_cache(maxsize=256)
def _cheapest(subscripts: str, shapes: tuple[tuple[int, ...], ...]) -> list[tuple[int, ...]]:
    if importlib.util.find_spec("opt_einsum"):
        path: Any = importlib.import_module("opt_einsum").contract_path(subscripts, *shapes, shapes=True)[0]
    else:
        of_no_size = [np.broadcast_to(np.float32(0), s) for s in shapes]
        path = np.einsum_path(subscripts, *of_no_size, optimize="greedy")[0][1:]
    return [tuple(step) for step in path]


# --- computing ------------------------------------------------------------------------------------


def _without_ones(t: Term, lengths: dict[str, int | Dim]) -> Term:
    """The operand without the axes that are 1 where others of that letter are longer."""
    shape = type_of(t.x).shape
    kept = [a for a, c in enumerate(t.letters) if shape[a] == lengths[c]]
    return Term(reshape(t.x, tuple(shape[a] for a in kept)), "".join(t.letters[a] for a in kept))


def _diagonals(t: Term) -> Term:
    """The elements where axes with the same letter have the same index, with the letter once."""
    for c in t.letters:
        while t.letters.count(c) > 1:
            a = t.letters.index(c)
            t = _diagonal(t, a, t.letters.index(c, a + 1))
    return t


def _diagonal(t: Term, a: int, b: int) -> Term:
    rest = [k for k in range(len(t.letters)) if k not in (a, b)]
    x = transpose(t.x, [*rest, a, b])
    shape = type_of(x).shape
    letters = "".join(t.letters[k] for k in (*rest, a))
    n = shape[-1]
    if isinstance(n, int):  # every (n + 1)-th element of the rows one after the other
        line = reshape(x, (*shape[:-2], n * n))
        return Term(slice_axis(line, len(rest), 0, n * n, n + 1), letters)
    there = logic.equal(*(iota(shape=shape, axis=len(rest) + k, dtype="int64") for k in range(2)))
    return Term(_sum(logic.where(there, x, movement.full_like(x, 0)), (len(rest) + 1,)), letters)


def _sum(x: Array, axes: tuple[int, ...]) -> Array:
    return movement.reduce_sum(x, axes=axes) if axes else x


def _product(a: Term, b: Term, kept: set[str]) -> Term:
    """The product, summed over the letters that nothing else needs."""
    a, b = _summed(a, kept | set(b.letters)), _summed(b, kept | set(a.letters))
    both = [c for c in a.letters if c in b.letters]
    batch = [c for c in both if c in kept]
    gone = [c for c in both if c not in kept]

    def axes(letters: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return tuple(map(a.letters.index, letters)), tuple(map(b.letters.index, letters))

    x = contraction.dot(a.x, b.x, contract=axes(gone), batch=axes(batch))
    free = [c for t in (a, b) for c in t.letters if c not in both]
    return Term(operators.cast(x, type_of(a.x).dtype), "".join([*batch, *free]))


def _summed(t: Term, kept: set[str]) -> Term:
    gone = tuple(a for a, c in enumerate(t.letters) if c not in kept)
    return Term(_sum(t.x, gone), "".join(c for c in t.letters if c in kept))


def _finish(t: Term, output: str) -> Array:
    """The output's letters in their order."""
    t = _summed(t, set(output))
    return transpose(t.x, [t.letters.index(c) for c in output])
