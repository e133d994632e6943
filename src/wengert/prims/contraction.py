"""Primitives that multiply and sum: dot here, and the convolutions of convolution.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError
from wengert.ir.dim import Dim
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.loop.expr import Expr, Scalars
from wengert.loop.forms import Affine, ContractForm
from wengert.prims.convolution import conv, conv_input_grad, conv_kernel_grad
from wengert.prims.families import NUMBERS, bilinear
from wengert.prims.integer_products import exact, factor, product_dtype
from wengert.prims.movement import inverse, move_axis, shifted, transpose
from wengert.prims.params import check_axes, show

__all__ = ["conv", "conv_input_grad", "conv_kernel_grad", "dot"]

Axes = tuple[int, ...]
Pair = tuple[Axes, Axes]


def _free(rank: int, contract: Axes, batch: Axes) -> Axes:
    """The axes that are neither summed nor shared."""
    return tuple(a for a in range(rank) if a not in contract and a not in batch)


def _dot_type(x: TensorType, y: TensorType, *, contract: Any, batch: Any) -> TensorType:
    dtype = product_dtype("dot", x, y, NUMBERS)
    for what, pair in (("contract", contract), ("batch", batch)):
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ShapeError(f"dot: {what} must be a pair: axes of x, axes of y; got {show(pair)}.")
        for side, axes, t in zip("xy", pair, (x, y), strict=True):
            check_axes("dot", axes, t, f"{what} axes of {side}")
        if [x.shape[a] for a in pair[0]] != [y.shape[a] for a in pair[1]]:
            raise ShapeError(
                f"dot: {what} axes must be equally long in x and y; got x: {x} axes {show(pair[0])}, "
                f"y: {y} axes {show(pair[1])}."
            )
    for side, t, c, b in zip("xy", (x, y), contract, batch, strict=True):
        if set(c) & set(b):
            raise ShapeError(
                f"dot: contract and batch must not share an axis of {side}; got {show(c)}, {show(b)} of {t}."
            )
    shape = [x.shape[a] for a in batch[0]]
    shape += [x.shape[a] for a in _free(x.rank, contract[0], batch[0])]
    shape += [y.shape[a] for a in _free(y.rank, contract[1], batch[1])]
    return TensorType(tuple(shape), dtype)


@exact
def _dot_numpy(x: np.ndarray, y: np.ndarray, *, contract: Pair, batch: Pair) -> np.ndarray:
    """As one batched matrix product."""
    free_x, free_y = _free(x.ndim, contract[0], batch[0]), _free(y.ndim, contract[1], batch[1])
    lead = tuple(x.shape[a] for a in batch[0])
    m, n = tuple(x.shape[a] for a in free_x), tuple(y.shape[a] for a in free_y)
    k = math.prod(x.shape[a] for a in contract[0])
    a = np.transpose(x, batch[0] + free_x + contract[0]).reshape(*lead, math.prod(m), k)
    b = np.transpose(y, batch[1] + contract[1] + free_y).reshape(*lead, k, math.prod(n))
    return np.matmul(a, b).reshape(lead + m + n)  # type: ignore[no-any-return]


def _place(rank: int, parts: dict[Axes, tuple[Any, ...]]) -> tuple[Any, ...]:
    """Values at their axes: {(0, 2): (p, q), (1,): (r,)} gives (p, r, q)."""
    found = {a: v for axes, values in parts.items() for a, v in zip(axes, values, strict=True)}
    return tuple(found[a] for a in range(rank))


def _dot_at(s: Scalars, i: tuple[Expr, ...], x: Any, y: Any, *, contract: Pair, batch: Pair) -> Expr:
    rank_x, rank_y, shared = len(x.shape), len(y.shape), len(batch[0])
    free_x, free_y = _free(rank_x, contract[0], batch[0]), _free(rank_y, contract[1], batch[1])
    b, m, n = i[:shared], i[shared : shared + len(free_x)], i[shared + len(free_x) :]

    def term(k: tuple[Expr, ...]) -> Expr:
        left = x[_place(rank_x, {batch[0]: b, free_x: m, contract[0]: k})]
        right = y[_place(rank_y, {batch[1]: b, free_y: n, contract[1]: k})]
        return s.mul(factor(s, left), factor(s, right))

    return s.reduce("sum", [x.shape[a] for a in contract[0]], term)


def _dot_form(x: TensorType, y: TensorType, *, contract: Pair, batch: Pair) -> ContractForm:
    free_x, free_y = _free(x.rank, contract[0], batch[0]), _free(y.rank, contract[1], batch[1])
    named = [("b", x, batch[0]), ("m", x, free_x), ("n", y, free_y), ("k", x, contract[0])]
    axes = {kind: tuple(f"{kind}{at}" for at in range(len(of))) for kind, _, of in named}
    extents = {v: t.shape[a] for kind, t, of in named for v, a in zip(axes[kind], of, strict=True)}
    left = _place(x.rank, {batch[0]: axes["b"], free_x: axes["m"], contract[0]: axes["k"]})
    right = _place(y.rank, {batch[1]: axes["b"], free_y: axes["n"], contract[1]: axes["k"]})
    return ContractForm(
        extents,
        reduced=axes["k"],
        a=tuple(map(Affine.of, left)),
        b=tuple(map(Affine.of, right)),
        out=tuple(map(Affine.of, axes["b"] + axes["m"] + axes["n"])),
    )


def _by_x(g: Any, x: Any, y: Any, *, contract: Pair, batch: Pair) -> Any:
    """Sum g with y over y's free axes, then put the axes where x has them."""
    rank_x, rank_y, shared = type_of(x).rank, type_of(y).rank, len(batch[0])
    free_x, free_y = _free(rank_x, contract[0], batch[0]), _free(rank_y, contract[1], batch[1])
    start = shared + len(free_x)
    over = tuple(range(start, start + len(free_y)))
    dx = dot(g, y, contract=(over, free_y), batch=(tuple(range(shared)), batch[1]))
    # The result ends with y's summed axes, in y's order.
    partner = dict(zip(contract[1], contract[0], strict=True))
    order = batch[0] + free_x + tuple(partner[a] for a in sorted(contract[1]))
    return _permuted(dx, inverse(order))


def _by_y(g: Any, x: Any, y: Any, *, contract: Pair, batch: Pair) -> Any:
    """Sum x with g over x's free axes, then put the axes where y has them."""
    rank_x, rank_y, shared = type_of(x).rank, type_of(y).rank, len(batch[0])
    free_x, free_y = _free(rank_x, contract[0], batch[0]), _free(rank_y, contract[1], batch[1])
    over = tuple(range(shared, shared + len(free_x)))
    dy = dot(x, g, contract=(free_x, over), batch=(batch[0], tuple(range(shared))))
    partner = dict(zip(contract[0], contract[1], strict=True))
    order = batch[1] + tuple(partner[a] for a in sorted(contract[0])) + free_y
    return _permuted(dy, inverse(order))


def _permuted(x: Any, perm: Axes) -> Any:
    return x if perm == tuple(range(len(perm))) else transpose(x, perm=perm)


def _dot_batch(size: int | Dim, moved: Any, x: Any, y: Any, *, contract: Pair, batch: Pair) -> Any:
    """Where both have the new axis it is shared; where one has it, it is the first of its free axes."""
    shared, free_x = len(batch[0]), type_of(x).rank - len(contract[0]) - len(batch[0])
    contract, batch = (
        (shifted(a) if moved[0] else a, shifted(b) if moved[1] else b) for a, b in (contract, batch)
    )
    if all(moved):
        return dot(x, y, contract=contract, batch=((0, *batch[0]), (0, *batch[1])))
    out = dot(x, y, contract=contract, batch=batch)
    return move_axis(out, shared if moved[0] else shared + free_x, 0)


# out[batch, free axes of x, free axes of y] = sum over the contract axes of x * y; of 8-bit integers in int32.
# contract, batch: for each, the axes of x and the axes of y that go together.
dot: Primitive = bilinear(
    "dot",
    _dot_type,
    _dot_numpy,
    lower=_dot_at,
    transpose=(_by_x, _by_y),
    contract=_dot_form,
    batch=_dot_batch,
)
