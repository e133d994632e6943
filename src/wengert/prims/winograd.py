"""Winograd's minimal filtering for windows of 3 x 3: three linear maps around a matrix product for each element.

With tiles of m x m outputs and a = m + 2, each tile of a x a inputs overlapping its neighbours by 2,

    out = A^T [ sum over c of (G k[c] G^T) * (B^T x[c] B) ] A

takes a^2 products where the sum over windows takes 9 m^2. The compiler puts the three maps into a graph after all
derivatives are taken (`transforms/winograd.py`), so they have none of their own.

Numerics: with the points below the error is below

    (C / 4 + ROUNDINGS) ULP of |A^T| [ sum over c of (|G| |k| |G^T|) * (|B^T| |x| |B|) ] |A|,

where the direct sum has 9 C / 4 ULP of its terms' magnitudes: what is large in a tile is felt in the whole tile. For
numbers that are alike, tiles of 4 are about three times as wrong as a direct sum, tiles of 2 no more than that.

Source: S. Winograd, "Arithmetic Complexity of Computations", SIAM, 1980; A. Lavin and S. Gray, "Fast Algorithms for
Convolutional Neural Networks", arXiv:1509.09308; on points: B. Barabasz et al., "Error Analysis and Improving the
Accuracy of Winograd Convolution for Deep Neural Networks", arXiv:1803.10986.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType
from wengert.loop.expr import Expr, Scalars
from wengert.loop.forms import TileForm
from wengert.loop.nest import Loop
from wengert.prims.families import FLOATS
from wengert.prims.params import check_flag, check_kind, check_rank, is_int

WINDOW = 3
# Where polynomials are evaluated, beside infinity: a fraction of 2^k, so that products with them are exact, and of
# those that take as many operations the ones that are wrong by the least.
POINTS = {
    2: (Fraction(0), Fraction(1), Fraction(-1)),
    4: (Fraction(0), Fraction(3, 4), Fraction(-3, 4), Fraction(3, 2), Fraction(-3, 2)),
}
ROUNDINGS = 8.0  # ULP that the three maps may lose, at half a ULP an operation

Array = np.ndarray[Any, Any]
Matrix = tuple[tuple[Fraction, ...], ...]
Grid = list[list[Expr]]


# --- the matrices ---------------------------------------------------------------------------------


@functools.cache
def data_matrix(tile: int) -> Matrix:
    """B^T: Lagrange's numerators at each point, and the polynomial that is 0 at all of them."""
    points = POINTS[tile]
    rows = [(*_with_roots([q for q in points if q != p]), Fraction(0)) for p in points]
    return (*rows, _with_roots(points))


@functools.cache
def kernel_matrix(tile: int) -> Matrix:
    """G: the kernel's polynomial at each point over Lagrange's denominator, and at infinity."""
    points = POINTS[tile]
    scales = [math.prod((p - q for q in points if q != p), start=Fraction(1)) for p in points]
    rows = [tuple(p**k / scale for k in range(WINDOW)) for p, scale in zip(points, scales, strict=True)]
    return (*rows, (Fraction(0),) * (WINDOW - 1) + (Fraction(1),))


@functools.cache
def output_matrix(tile: int) -> Matrix:
    """A^T: powers of the points, and infinity's share of the highest."""
    return tuple((*(p**k for p in POINTS[tile]), Fraction(int(k == tile - 1))) for k in range(tile))


def _with_roots(roots: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Coefficients of the product of (x - r), the lowest power first."""
    coefficients = [Fraction(1)]
    for r in roots:
        raised, kept = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [a - r * b for a, b in zip(raised, kept, strict=True)]
    return tuple(coefficients)


# --- NumPy ----------------------------------------------------------------------------------------


def _both(matrix: Matrix, x: Array, size: bool) -> Array:
    """The matrix applied along the first and along the second axis; `size`: the magnitudes of both."""
    x = np.abs(x) if size else x
    for _ in range(2):
        x = np.stack([_sum(row, x, size) for row in matrix]).swapaxes(0, 1)
    return x


def _sum(factors: Sequence[Fraction], terms: Array, size: bool) -> Array:
    """As compiled: what has the factor 0 does not count, not even where it is NaN."""
    number = terms.dtype.type
    parts = (number(abs(f) if size else f) * x for f, x in zip(factors, terms, strict=True) if f)
    return functools.reduce(operator.add, parts)


def _data_numpy(x: Array, *, tile: int, size: bool = False) -> Array:
    a, (n, t, u, c) = tile + WINDOW - 1, _tiles(x.shape, tile)
    at = [[slice(k, k + (count - 1) * tile + 1, tile) for k in range(a)] for count in (t, u)]
    parts = np.array([[x[:, rows, columns] for columns in at[1]] for rows in at[0]]).reshape(a, a, n, t, u, c)
    return _both(data_matrix(tile), parts, size).reshape(a * a, n, t, u, c)


def _kernel_numpy(k: Array, *, tile: int, flip: bool, size: bool = False) -> Array:
    turned = k[::-1, ::-1] if flip else k
    return _both(kernel_matrix(tile), turned, size).reshape(-1, *k.shape[2:])


def _output_numpy(y: Array, *, tile: int, size: bool = False) -> Array:
    a, (n, t, u, o) = tile + WINDOW - 1, y.shape[1:]
    parts = _both(output_matrix(tile), y.reshape(a, a, n, t, u, o), size)
    return parts.transpose(2, 3, 0, 4, 1, 5).reshape(n, t * tile, u * tile, o)


def magnitude(x: Array, k: Array, tile: int, flip: bool = False) -> Array:
    """What the rounding error of a convolution of x, with its border, is in proportion to, element by element."""
    data, kernel = _data_numpy(x, tile=tile, size=True), _kernel_numpy(k, tile=tile, flip=flip, size=True)
    sums = np.einsum("entuo,eco->entuc" if flip else "entuc,eco->entuo", data, kernel, optimize=True)
    return _output_numpy(sums, tile=tile, size=True)


# --- types ----------------------------------------------------------------------------------------


def _tiles(shape: Shape, tile: int) -> Shape:
    """[n, rows of tiles, columns of tiles, c]"""
    n, h, w, c = shape
    return n, (h - WINDOW + 1) // tile, (w - WINDOW + 1) // tile, c


def _check(name: str, x: TensorType, rank: int, tile: int) -> None:
    check_kind(name, x, FLOATS)
    check_rank(name, "its input", x, rank)
    if not is_int(tile) or tile not in POINTS:
        raise ValueRangeError(f"{name}: tile must be one of {', '.join(map(str, POINTS))}; got {tile!r}.")


def _data_type(x: TensorType, *, tile: int) -> TensorType:
    _check("winograd_data", x, 4, tile)
    if any(not isinstance(n, int) or n < WINDOW or (n - WINDOW + 1) % tile for n in x.shape[1:3]):
        raise ShapeError(
            f"winograd_data: rows and columns must be known, and {WINDOW - 1} more than a multiple of {tile}; got {x}."
        )
    return TensorType(((tile + WINDOW - 1) ** 2, *_tiles(x.shape, tile)), x.dtype)


def _kernel_type(k: TensorType, *, tile: int, flip: bool) -> TensorType:
    _check("winograd_kernel", k, 4, tile)
    check_flag("winograd_kernel", "flip", flip)
    if k.shape[:2] != (WINDOW, WINDOW):
        raise ShapeError(f"winograd_kernel: the window must be {WINDOW} x {WINDOW}; got {k}.")
    return TensorType(((tile + WINDOW - 1) ** 2, *k.shape[2:]), k.dtype)


def _output_type(y: TensorType, *, tile: int) -> TensorType:
    _check("winograd_output", y, 5, tile)
    products, n, t, u, o = y.shape
    if products != (tile + WINDOW - 1) ** 2:
        raise ShapeError(f"winograd_output: there must be {(tile + WINDOW - 1) ** 2} products; got {y}.")
    return TensorType((n, t * tile, u * tile, o), y.dtype)


# --- a tile at a time -----------------------------------------------------------------------------


def _apply(s: Scalars, matrix: Matrix, rows: Grid) -> Grid:
    """The matrix times a matrix of scalars."""
    return [[_combine(s, m, column) for column in zip(*rows, strict=True)] for m in matrix]


def _combine(s: Scalars, factors: Sequence[Fraction], terms: Sequence[Expr]) -> Expr:
    """The sum of factors times terms: those of even number, and plus or minus those of odd number.

    A point and its negative differ in the sign of the latter only, so they share both sums.
    """
    total: Expr | None = None
    for parity in (0, 1):
        pairs = [(f, x) for f, x in zip(factors[parity::2], terms[parity::2], strict=True) if f]
        if not pairs:
            continue
        sign = 1 if pairs[-1][0] > 0 else -1
        part = functools.reduce(s.add, (_times(s, sign * f, x) for f, x in reversed(pairs)))
        if total is None:
            total = part if sign > 0 else s.sub(s.const(0, part.dtype), part)
        else:
            total = s.add(total, part) if sign > 0 else s.sub(total, part)
    assert total is not None
    return total


def _times(s: Scalars, factor: Fraction, x: Expr) -> Expr:
    return x if factor == 1 else s.mul(s.const(float(factor), x.dtype), x)


def _map(s: Scalars, matrix: Matrix, grid: Grid) -> Grid:
    """The matrix on both sides: along rows, then along columns."""
    half = _apply(s, matrix, grid)
    return [
        list(row) for row in zip(*_apply(s, matrix, [list(r) for r in zip(*half, strict=True)]), strict=True)
    ]


def _loops(s: Scalars, names: str, extents: Sequence[Expr]) -> tuple[tuple[Loop, ...], list[Expr]]:
    loops = tuple(Loop(v, n) for v, n in zip(names, extents, strict=True))
    return loops, [s.var(v) for v in names]


def _data_tiles(s: Scalars, shape: Sequence[Expr], x: Any, *, tile: int) -> TileForm:
    a = tile + WINDOW - 1
    loops, (n, t, u, c) = _loops(s, "ntuc", shape[1:])
    rows, columns = ([s.add(s.mul(v, s.const(tile)), s.const(k)) for k in range(a)] for v in (t, u))
    grid = _map(s, data_matrix(tile), [[x[(n, i, j, c)] for j in columns] for i in rows])
    return TileForm(
        loops, tuple(((s.const(i * a + j), n, t, u, c), grid[i][j]) for i in range(a) for j in range(a))
    )


def _kernel_tiles(s: Scalars, shape: Sequence[Expr], k: Any, *, tile: int, flip: bool) -> TileForm:
    a = tile + WINDOW - 1
    loops, (c, o) = _loops(s, "co", shape[1:])
    at = [s.const(n) for n in (reversed(range(WINDOW)) if flip else range(WINDOW))]
    grid = _map(s, kernel_matrix(tile), [[k[(i, j, c, o)] for j in at] for i in at])
    return TileForm(
        loops, tuple(((s.const(i * a + j), c, o), grid[i][j]) for i in range(a) for j in range(a))
    )


def _output_tiles(s: Scalars, shape: Sequence[Expr], y: Any, *, tile: int) -> TileForm:
    a = tile + WINDOW - 1
    loops, (n, t, u, o) = _loops(s, "ntuo", y.shape[1:])
    grid = _map(
        s, output_matrix(tile), [[y[(s.const(i * a + j), n, t, u, o)] for j in range(a)] for i in range(a)]
    )
    rows, columns = ([s.add(s.mul(v, s.const(tile)), s.const(k)) for k in range(tile)] for v in (t, u))
    return TileForm(
        loops,
        tuple(((n, i, j, o), grid[p][q]) for p, i in enumerate(rows) for q, j in enumerate(columns)),
    )


# --- the three ------------------------------------------------------------------------------------

# [n, m t + 2, m u + 2, c] -> [a^2, n, t, u, c]: B^T x B of each tile
winograd_data = Primitive("winograd_data", _data_type, _data_numpy, tiles=_data_tiles)

# [3, 3, c, o] -> [a^2, c, o]: G k G^T; flip: of the kernel turned by 180 degrees
winograd_kernel = Primitive("winograd_kernel", _kernel_type, _kernel_numpy, tiles=_kernel_tiles)

# [a^2, n, t, u, o] -> [n, m t, m u, o]: A^T y A of each tile
winograd_output = Primitive("winograd_output", _output_type, _output_numpy, tiles=_output_tiles)
