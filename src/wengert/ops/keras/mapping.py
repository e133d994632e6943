"""Functions of one example for many, and of two for a row of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

from wengert.base.errors import ShapeError, UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir import operators
from wengert.ir.boundary import boundary
from wengert.ir.types import type_of
from wengert.ops.joining import concatenate, stack
from wengert.ops.operands import Array, known, normalize_axis
from wengert.ops.operands import array as operand
from wengert.ops.shape import flip, reshape, slice_axis
from wengert.ops.vmap import vmap

__all__ = ["associative_scan", "map", "vectorize", "vectorized_map"]


def map(f: Callable[..., Any], xs: Any) -> Any:
    """f of each row."""
    return vmap(f)(xs)


def vectorized_map(function: Callable[..., Any], elements: Any) -> Any:
    """The function of each row of an array, or of a tree of arrays, computed together."""
    return vmap(function)(elements)


def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None
) -> Callable[..., Any]:
    """A function of scalars as one of arrays, which broadcast; of vectors and matrices where a signature says so.

    Args:
        excluded: places and names of arguments that are handed on as they are.
        signature: the last axes of each argument and result that one call takes: `"(m,n),(n)->(m)"`.

    Example:
        >>> import wengert as wg
        >>> wg.ops.vectorize(lambda a, b: a + b)(wg.Tensor([1, 2]), 10).tolist()
        [11, 12]
    """
    if not callable(pyfunc):
        raise UsageError(f"vectorize: pyfunc must be a function; got {pyfunc!r}.")
    held = excluded or ()

    @boundary
    @functools.wraps(pyfunc)
    def called(*args: Any, **kwargs: Any) -> Any:
        at = [k for k, a in enumerate(args) if k not in held and a is not None]
        names = [name for name in kwargs if name not in held]
        values = [operand(a) for a in (*(args[k] for k in at), *(kwargs[n] for n in names))]

        def of_values(*xs: Any) -> Any:
            here, named = list(args), dict(kwargs)
            for k, x in zip(at, xs, strict=False):
                here[k] = x
            named.update(zip(names, xs[len(at) :], strict=True))
            return pyfunc(*here, **named)

        return _mapped(of_values, values, _core_ranks(signature, len(values)))

    return called


def _core_ranks(signature: str | None, count: int) -> list[int]:
    """How many axes of each argument a call takes."""
    if signature is None:
        return [0] * count
    inputs = re.findall(r"\(([^)]*)\)", signature.split("->")[0])
    if len(inputs) != count or "->" not in signature:
        raise UsageError(
            f"vectorize: the signature must name {count} arguments, as '(m,n),(n)->(m)'; got {signature!r}."
        )
    return [len([n for n in names.split(",") if n.strip()]) for names in inputs]


def _mapped(f: Callable[..., Any], values: Sequence[Array], ranks: Sequence[int]) -> Any:
    """f of every example; the axes before those that f takes broadcast."""
    shapes = [type_of(x).shape for x in values]
    cut = [len(s) - r for s, r in zip(shapes, ranks, strict=True)]
    if any(c < 0 for c in cut):
        raise ShapeError(f"vectorize: arguments must have {list(ranks)} axes at least; got {values}.")
    batch = operators.broadcast_shapes(*(s[:c] for s, c in zip(shapes, cut, strict=True))) if values else ()
    spread = [
        operators.broadcast_to(x, (*batch, *s[c:])) for x, s, c in zip(values, shapes, cut, strict=True)
    ]
    for _ in batch:
        f = vmap(f)
    return f(*spread)


def associative_scan(f: Callable[..., Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """out[k] = f(... f(f(x[0], x[1]), x[2]) ..., x[k]), in about 2 log2(n) calls of f, which must be associative.

    Args:
        f: of two arrays (or trees of them), whose elements along the axis it joins one by one.
        elems: an array, or a tree of arrays of one length along the axis.
        reverse: go from the last to the first.

    Source: G. E. Blelloch, "Prefix sums and their applications", 1990.

    Example:
        >>> import wengert as wg
        >>> wg.ops.associative_scan(lambda a, b: a * b, wg.Tensor([1.0, 2.0, 3.0, 4.0])).tolist()
        [1.0, 2.0, 6.0, 24.0]
    """
    leaves, structure = flatten(elems)
    xs = [operand(x) for x in leaves]
    axes = [normalize_axis("associative_scan", axis, type_of(x)) for x in xs]
    lengths = {
        known("associative_scan", "the length of the axis", type_of(x).shape[a])
        for x, a in zip(xs, axes, strict=True)
    }
    if len(lengths) != 1:
        raise ShapeError(
            f"associative_scan: all must be of one length along axis {axis}; got {sorted(lengths)}."
        )

    def join(a: Sequence[Array], b: Sequence[Array]) -> list[Array]:
        return flatten(f(unflatten(structure, list(a)), unflatten(structure, list(b))))[0]

    def turned(rows: Sequence[Array]) -> list[Array]:
        return [flip(x, a) for x, a in zip(rows, axes, strict=True)] if reverse else list(rows)

    return unflatten(structure, turned(_scanned(join, turned(xs), axes, lengths.pop())))


def _scanned(join: Callable[..., list[Array]], xs: list[Array], axes: Sequence[int], n: int) -> list[Array]:
    """Pairs are joined, and scanned: that is each second element; the others are one step from it."""
    if n < 2:
        return xs

    def part(rows: Sequence[Array], start: int, stop: int, step: int = 1) -> list[Array]:
        return [slice_axis(x, a, start, stop, step) for x, a in zip(rows, axes, strict=True)]

    pairs = join(part(xs, 0, n - 1, 2), part(xs, 1, n, 2))
    second = _scanned(join, pairs, axes, n // 2)
    first = part(xs, 0, 1)
    if n > 2:
        others = join(part(second, 0, (n - 1) // 2), part(xs, 2, n, 2))
        first = [concatenate([x, y], a) for x, y, a in zip(first, others, axes, strict=True)]
    return [_alternating(x, y, a) for x, y, a in zip(first, second, axes, strict=True)]


def _alternating(x: Array, y: Array, axis: int) -> Array:
    """x[0], y[0], x[1], y[1], ...; x may be one longer."""
    shape, n = type_of(y).shape, type_of(y).shape[axis]
    both = reshape(
        stack([slice_axis(x, axis, 0, n), y], axis=axis + 1), (*shape[:axis], 2 * n, *shape[axis + 1 :])
    )
    longer = type_of(x).shape[axis]
    return both if longer == n else concatenate([both, slice_axis(x, axis, n, longer)], axis)
