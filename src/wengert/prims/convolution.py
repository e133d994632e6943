"""Convolution over any number of spatial axes, and its two derivatives, all bilinear.

Layouts: x [N, *spatial, C], kernel [*spatial, C/groups, O], out [N, *spatial, O]. With stride s, dilation d
and padding (lo, hi), position p of the output and offset k of the kernel meet at position

    at = p * s + k * d - lo

of x; what lies outside of x is 0. Each of the three sums over two of (out, kernel, x), so each one's
derivatives are the other two.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from wengert.base.dtypes import summed
from wengert.base.errors import ShapeError
from wengert.ir.dim import Dim
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType, type_of
from wengert.loop.expr import Expr, Scalars, const_value, is_int_const
from wengert.prims.convolution_batch import batch_conv, batch_kernel_grad
from wengert.prims.convolution_forms import (
    Ints,
    Pairs,
    conv_form,
    input_grad_form,
    kernel_grad_form,
    output_length,
)
from wengert.prims.families import FLOATS, bilinear
from wengert.prims.integer_products import exact, factor, product_dtype
from wengert.prims.params import (
    check_counts,
    check_int,
    check_kind,
    check_pairs,
    check_rank,
    check_shape,
)
from wengert.prims.slicing import clamp, inside

Index = tuple[Expr, ...]
WRITTEN_OUT = 49  # elements of a window, at most, whose products are added up without a loop


# --- types ----------------------------------------------------------------------------------------


def _check_params(name: str, rank: int, strides: Any, padding: Any, dilation: Any, groups: Any) -> None:
    if rank < 1:
        raise ShapeError(
            f"{name}: there must be at least one spatial axis; got {rank}. x is [N, *spatial, C]."
        )
    check_counts(name, "strides", strides, rank, 1)
    check_pairs(name, "padding", padding, rank)
    check_counts(name, "dilation", dilation, rank, 1)
    check_int(name, "groups", groups, 1)


def _fit(
    name: str, x: TensorType, kernel: TensorType, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> TensorType:
    """The type of the output of a convolution of x with kernel, if they go together."""
    dtype = product_dtype(name, x, kernel, FLOATS)
    _check_params(name, x.rank - 2, strides, padding, dilation, groups)
    check_rank(name, "the kernel, [*spatial, C/groups, O],", kernel, x.rank)
    *window, inner, filters = kernel.shape
    if any(isinstance(n, Dim) for n in (*window, inner, filters, x.shape[-1])) or 0 in window:
        raise ShapeError(
            f"{name}: window and channels must be known and the window not empty; got {x}, {kernel}."
        )
    if x.shape[-1] != inner * groups or filters % groups:
        raise ShapeError(
            f"{name}: with {groups} groups, the kernel's inputs times groups must be the channels of x, its "
            f"filters a multiple of them; got x: {x}, kernel: {kernel}."
        )
    lengths = tuple(map(output_length, x.shape[1:-1], window, strides, padding, dilation))
    if any(not isinstance(n, Dim) and n < 0 for n in lengths):
        raise ShapeError(f"{name}: the kernel must fit into x; got {x}, {kernel}, {padding=}.")
    return TensorType((x.shape[0], *lengths, filters), dtype)


def _conv_type(
    x: TensorType, kernel: TensorType, *, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> TensorType:
    return _fit("conv", x, kernel, strides, padding, dilation, groups)


def _input_grad_type(
    g: TensorType,
    kernel: TensorType,
    *,
    in_shape: Shape,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> TensorType:
    check_kind("conv_input_grad", g, FLOATS)
    check_shape("conv_input_grad", in_shape, "in_shape")
    x = TensorType(in_shape, g.dtype)
    _expect("conv_input_grad", g, _fit("conv_input_grad", x, kernel, strides, padding, dilation, groups))
    return x


def _kernel_grad_type(
    x: TensorType,
    g: TensorType,
    *,
    kernel_shape: Shape,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> TensorType:
    check_kind("conv_kernel_grad", g, FLOATS)
    check_shape("conv_kernel_grad", kernel_shape, "kernel_shape")
    kernel = TensorType(kernel_shape, g.dtype)
    _expect("conv_kernel_grad", g, _fit("conv_kernel_grad", x, kernel, strides, padding, dilation, groups))
    return kernel


def _expect(name: str, g: TensorType, out: TensorType) -> None:
    if g != out:
        raise ShapeError(f"{name}: g must have the type of the convolution's output, {out}; got {g}.")


# --- NumPy: one matrix product for each offset of the kernel --------------------------------------


def _offsets(
    x: np.ndarray, window: Ints, lengths: Ints, strides: Ints, dilation: Ints
) -> Iterator[tuple[Ints, tuple[slice, ...]]]:
    """For each offset of the kernel: it, and the part of the padded x that meets it."""
    for k in itertools.product(*map(range, window)):
        spatial = [
            slice(a * d, a * d + (n - 1) * s + 1, s) if n else slice(0, 0)
            for a, d, n, s in zip(k, dilation, lengths, strides, strict=True)
        ]
        yield k, (slice(None), *spatial)


def _padded(x: np.ndarray, padding: Pairs) -> np.ndarray:
    return np.pad(x, ((0, 0), *padding, (0, 0))) if any(map(any, padding)) else x


def _grouped(x: np.ndarray, groups: int) -> np.ndarray:
    """[..., groups * c] -> [groups, positions, c]"""
    return np.moveaxis(x.reshape(math.prod(x.shape[:-1]), groups, x.shape[-1] // groups), 1, 0)


def _ungrouped(y: np.ndarray, shape: Ints) -> np.ndarray:
    """[groups, positions, c] -> shape"""
    return np.moveaxis(y, 0, 1).reshape(shape)


def _kernel_at(kernel: np.ndarray, k: Ints, groups: int) -> np.ndarray:
    """The kernel's offset k as [groups, C/groups, O/groups]."""
    inner, filters = kernel.shape[-2:]
    return np.moveaxis(kernel[k].reshape(inner, groups, filters // groups), 1, 0)


@exact
def _conv_numpy(
    x: np.ndarray, kernel: np.ndarray, *, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> np.ndarray:
    window = kernel.shape[:-2]
    lengths = tuple(map(output_length, x.shape[1:-1], window, strides, padding, dilation))
    shape = (x.shape[0], *lengths, kernel.shape[-1])
    wide = _padded(x, padding)
    out = np.zeros((groups, math.prod(shape[:-1]), shape[-1] // groups), x.dtype)
    for k, part in _offsets(wide, window, lengths, strides, dilation):
        out += _grouped(wide[part], groups) @ _kernel_at(kernel, k, groups)
    return _ungrouped(out, shape)


def _input_grad_numpy(
    g: np.ndarray,
    kernel: np.ndarray,
    *,
    in_shape: Ints,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> np.ndarray:
    n, *spatial, c = in_shape
    wide = np.zeros((n, *(m + sum(p) for m, p in zip(spatial, padding, strict=True)), c), g.dtype)
    rows = _grouped(g, groups)
    for k, part in _offsets(wide, kernel.shape[:-2], g.shape[1:-1], strides, dilation):
        piece = wide[part]
        piece += _ungrouped(rows @ _kernel_at(kernel, k, groups).swapaxes(1, 2), piece.shape)
    return wide[(slice(None), *(slice(lo, lo + m) for m, (lo, _) in zip(spatial, padding, strict=True)))]


def _kernel_grad_numpy(
    x: np.ndarray,
    g: np.ndarray,
    *,
    kernel_shape: Ints,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> np.ndarray:
    wide, rows = _padded(x, padding), _grouped(g, groups)
    out = np.zeros(kernel_shape, x.dtype)
    for k, part in _offsets(wide, kernel_shape[:-2], g.shape[1:-1], strides, dilation):
        product = _grouped(wide[part], groups).swapaxes(1, 2) @ rows
        out[k] = np.moveaxis(product, 0, 1).reshape(kernel_shape[-2:])
    return out


# --- lowering: what one element is, with padding by select ----------------------------------------


def _element(s: Scalars, x: Any, n: Expr, at: list[Expr], c: Expr, padded: bool) -> Expr:
    """x[n, *at, c], and 0 where a position lies in the padding, if there is some."""
    if not padded:
        return x[(n, *at, c)]  # type: ignore[no-any-return]
    there = None
    index = []
    for k, length in zip(at, x.shape[1:-1], strict=True):
        holds = inside(s, k, length)
        there = holds if there is None else s.bitop("and", there, holds)
        index.append(clamp(s, k, length))
    value: Expr = x[(n, *index, c)]
    return value if there is None else s.select(there, value, s.const(0, x.dtype))


def _meet(s: Scalars, p: Index, k: Index, strides: Ints, padding: Pairs, dilation: Ints) -> list[Expr]:
    """p * s + k * d - lo, on each axis"""
    return [
        s.sub(s.add(s.mul(a, s.const(t)), s.mul(b, s.const(d))), s.const(lo))
        for a, b, t, d, (lo, _) in zip(p, k, strides, dilation, padding, strict=True)
    ]


def _over_window(s: Scalars, extents: list[Expr], term: Callable[[Index], Expr]) -> Expr:
    """The sum over the window and one more axis. Of a single channel it is written out: no loop is worth its while."""
    lengths = [int(const_value(n)) if n.op == "const" else WRITTEN_OUT + 1 for n in extents]
    if lengths[-1] != 1 or math.prod(lengths) > WRITTEN_OUT:
        return s.reduce("sum", extents, term)
    terms = (term(tuple(map(s.const, k))) for k in itertools.product(*map(range, lengths)))
    return functools.reduce(s.add, terms)


def _empty(*reads: Any) -> bool:
    return any(is_int_const(n, 0) for r in reads for n in r.shape)


def _conv_at(
    s: Scalars, i: Index, x: Any, kernel: Any, *, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Expr:
    if _empty(x, kernel):
        return s.const(0, summed(x.dtype))
    n, *p, o = i
    inner, filters = kernel.shape[-2:]
    group = s.idiv(o, s.idiv(filters, s.const(groups)))

    def term(j: Index) -> Expr:
        *k, c = j
        at = _meet(s, tuple(p), tuple(k), strides, padding, dilation)
        channel = s.add(s.mul(group, inner), c)
        value = _element(s, x, n, at, channel, any(map(any, padding)))
        return s.mul(factor(s, value), factor(s, kernel[(*k, c, o)]))

    return _over_window(s, [*kernel.shape[:-2], inner], term)


def _input_grad_at(
    s: Scalars,
    i: Index,
    g: Any,
    kernel: Any,
    *,
    in_shape: Shape,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> Expr:
    if _empty(g, kernel):
        return s.const(0, g.dtype)
    n, *at, channel = i
    inner, filters = kernel.shape[-2:]
    outer = s.idiv(filters, s.const(groups))
    reach = [
        s.mul(s.sub(k, s.const(1)), s.const(d)) for k, d in zip(kernel.shape[:-2], dilation, strict=True)
    ]
    full = all(is_int_const(r, p) for r, pair in zip(reach, padding, strict=True) for p in pair)
    padded = not full or any(t > 1 for t in strides)
    group, c = s.idiv(channel, inner), s.imod(channel, inner)

    def term(j: Index) -> Expr:
        *k, f = j
        o = s.add(s.mul(group, outer), f)
        value = None
        scaled = [
            s.sub(s.add(a, s.const(lo)), s.mul(b, s.const(d)))
            for a, b, d, (lo, _) in zip(at, k, dilation, padding, strict=True)
        ]
        position = [s.idiv(q, s.const(t)) for q, t in zip(scaled, strides, strict=True)]
        value = _element(s, g, n, position, o, padded)
        for q, t in zip(scaled, strides, strict=True):
            if t > 1:
                hit = s.compare("eq", s.imod(q, s.const(t)), s.const(0))
                value = s.select(hit, value, s.const(0, g.dtype))
        return s.mul(value, kernel[(*k, c, o)])

    return _over_window(s, [*kernel.shape[:-2], outer], term)


def _kernel_grad_at(
    s: Scalars,
    i: Index,
    x: Any,
    g: Any,
    *,
    kernel_shape: Shape,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> Expr:
    if _empty(x, g):
        return s.const(0, x.dtype)
    *k, c, o = i
    inner, filters = (s.length(n) for n in kernel_shape[-2:])
    group = s.idiv(o, s.idiv(filters, s.const(groups)))

    def term(j: Index) -> Expr:
        n, *p = j
        at = _meet(s, tuple(p), tuple(k), strides, padding, dilation)
        channel = s.add(s.mul(group, inner), c)
        return s.mul(_element(s, x, n, at, channel, any(map(any, padding))), g[(n, *p, o)])

    return s.reduce("sum", list(g.shape[:-1]), term)


# --- the three ------------------------------------------------------------------------------------

# out[n, p, o] = sum over k, c of x[n, at, c] * kernel[k, c, o]; of 8-bit integers in int32
conv: Primitive = bilinear(
    "conv",
    _conv_type,
    _conv_numpy,
    lower=_conv_at,
    transpose=(
        lambda g, x, kernel, **params: conv_input_grad(g, kernel, in_shape=type_of(x).shape, **params),
        lambda g, x, kernel, **params: conv_kernel_grad(x, g, kernel_shape=type_of(kernel).shape, **params),
    ),
    contract=conv_form,
    batch=lambda size, moved, x, kernel, **params: batch_conv(conv, size, moved, x, kernel, **params),
)

# out[n, at, c] = sum over p, k, o of g[n, p, o] * kernel[k, c, o]
conv_input_grad: Primitive = bilinear(
    "conv_input_grad",
    _input_grad_type,
    _input_grad_numpy,
    lower=_input_grad_at,
    transpose=(
        lambda u, g, kernel, *, in_shape, **params: conv(u, kernel, **params),
        lambda u, g, kernel, *, in_shape, **params: conv_kernel_grad(
            u, g, kernel_shape=type_of(kernel).shape, **params
        ),
    ),
    contract=input_grad_form,
    batch=lambda size, moved, g, kernel, **params: batch_conv(
        conv_input_grad, size, moved, g, kernel, **params
    ),
)

# out[k, c, o] = sum over n, p of x[n, at, c] * g[n, p, o]
conv_kernel_grad: Primitive = bilinear(
    "conv_kernel_grad",
    _kernel_grad_type,
    _kernel_grad_numpy,
    lower=_kernel_grad_at,
    transpose=(
        lambda u, x, g, *, kernel_shape, **params: conv_input_grad(g, u, in_shape=type_of(x).shape, **params),
        lambda u, x, g, *, kernel_shape, **params: conv(x, u, **params),
    ),
    contract=kernel_grad_form,
    batch=lambda size, moved, x, g, **params: batch_kernel_grad(
        conv_kernel_grad, size, moved, x, g, **params
    ),
)
