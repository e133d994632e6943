"""Windows that slide over a tensor: sums, maxima, and what undoes them.

`size`, `strides` and `padding` have an entry for every axis (batch and channels: 1, 1 and (0, 0)). On an axis
of length n there are (n + lo + hi - size) // stride + 1 windows. Window q covers `size` positions from
q * stride - lo on; those outside of the tensor are padding. Offsets inside of a window are counted in
row-major order over all axes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import DTypeError, IndexRangeError, ShapeError
from wengert.ir.dim import Dim
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType, type_of
from wengert.loop.expr import Expr, Scalars, const_value, is_int_const
from wengert.prims.convolution_forms import Ints, Pairs, output_length
from wengert.prims.families import FLOATS, REALS, linear
from wengert.prims.params import check_counts, check_kind, check_pairs, check_shape
from wengert.prims.slicing import clamp, inside

Index = tuple[Expr, ...]

# --- types ----------------------------------------------------------------------------------------


def _windows(name: str, shape: Shape, size: Ints, strides: Ints, padding: Pairs) -> Shape:
    """How many windows there are on each axis."""
    check_counts(name, "size", size, len(shape), 1)
    check_counts(name, "strides", strides, len(shape), 1)
    check_pairs(name, "padding", padding, len(shape))
    if any(max(pair) >= k for pair, k in zip(padding, size, strict=True) if any(pair)):
        raise ShapeError(
            f"{name}: padding must be smaller than the window; got padding={padding}, size={size}."
        )
    counts: Shape = tuple(map(output_length, shape, size, strides, padding, (1,) * len(shape)))
    if any(not isinstance(n, Dim) and n < 0 for n in counts):
        raise ShapeError(f"{name}: the window must fit into the tensor; got shape {shape}, size={size}.")
    return counts


def _type(name: str, dtype: str | None = None) -> Callable[..., TensorType]:
    def type_rule(x: TensorType, *, size: Ints, strides: Ints, padding: Pairs) -> TensorType:
        check_kind(name, x, REALS)
        counts = _windows(name, x.shape, size, strides, padding)
        if any(n == 0 and m != 0 for n, m in zip(x.shape, counts, strict=True)) and name != "window_sum":
            raise ShapeError(
                f"{name}: every window must hold an element; got {x}, size={size}, padding={padding}."
            )
        return TensorType(counts, dtype or x.dtype)

    return type_rule


def _back_type(
    name: str, g: TensorType, in_shape: Shape, size: Ints, strides: Ints, padding: Pairs
) -> TensorType:
    """The type of what windows were taken from, if g has an element for each."""
    check_kind(name, g, REALS)
    check_shape(name, in_shape, "in_shape")
    counts = _windows(name, in_shape, size, strides, padding)
    if g.shape != counts:
        raise ShapeError(f"{name}: g must have an element for each window, shape {counts}; got {g}.")
    return TensorType(in_shape, g.dtype)


def _check_index(name: str, index: TensorType, shape: Shape) -> None:
    if index.dtype != "int32" or index.shape != shape:
        raise DTypeError(
            f"{name}: index must be int32 with an element for each window, {shape}; got {index}."
        )


def _spread_type(g: TensorType, *, in_shape: Shape, size: Ints, strides: Ints, padding: Pairs) -> TensorType:
    return _back_type("window_spread", g, in_shape, size, strides, padding)


def _gather_type(
    x: TensorType, index: TensorType, *, size: Ints, strides: Ints, padding: Pairs
) -> TensorType:
    check_kind("window_gather", x, FLOATS)
    out = TensorType(_windows("window_gather", x.shape, size, strides, padding), x.dtype)
    _check_index("window_gather", index, out.shape)
    return out


def _scatter_type(
    g: TensorType, index: TensorType, *, in_shape: Shape, size: Ints, strides: Ints, padding: Pairs
) -> TensorType:
    _check_index("window_scatter", index, g.shape)
    return _back_type("window_scatter", g, in_shape, size, strides, padding)


# --- NumPy: one step for each offset of the window ------------------------------------------------


def _parts(size: Ints, strides: Ints, counts: Ints) -> Iterator[tuple[slice, ...]]:
    """For each offset: the elements of the padded tensor that windows have there."""
    for k in itertools.product(*map(range, size)):
        yield tuple(
            slice(a, a + max((n - 1) * s + 1, 0), s) for a, n, s in zip(k, counts, strides, strict=True)
        )


def _counts(shape: Ints, size: Ints, strides: Ints, padding: Pairs) -> Ints:
    return tuple(map(output_length, shape, size, strides, padding, (1,) * len(shape)))


def _inside(shape: Ints, padding: Pairs) -> tuple[slice, ...]:
    return tuple(slice(lo, lo + n) for n, (lo, _) in zip(shape, padding, strict=True))


def lowest(dtype: str) -> float:
    """What loses against every other value of the dtype."""
    return -math.inf if is_float(dtype) else int(np.iinfo(dtype).min)


def _sum_numpy(x: np.ndarray, *, size: Ints, strides: Ints, padding: Pairs) -> np.ndarray:
    wide, counts = np.pad(x, padding), _counts(x.shape, size, strides, padding)
    out = np.zeros(counts, x.dtype)
    for part in _parts(size, strides, counts):
        out += wide[part]
    return out


def _spread_numpy(g: np.ndarray, *, in_shape: Ints, size: Ints, strides: Ints, padding: Pairs) -> np.ndarray:
    wide = np.zeros([n + sum(p) for n, p in zip(in_shape, padding, strict=True)], g.dtype)
    for part in _parts(size, strides, g.shape):
        wide[part] += g
    return wide[_inside(in_shape, padding)]


def _max_numpy(x: np.ndarray, *, size: Ints, strides: Ints, padding: Pairs) -> np.ndarray:
    low = lowest(x.dtype.name)
    wide, counts = np.pad(x, padding, constant_values=low), _counts(x.shape, size, strides, padding)
    out = np.full(counts, low, x.dtype)
    for part in _parts(size, strides, counts):
        np.maximum(out, wide[part], out=out)
    return out


def _argmax_numpy(x: np.ndarray, *, size: Ints, strides: Ints, padding: Pairs) -> np.ndarray:
    best = _max_numpy(x, size=size, strides=strides, padding=padding)
    wide, real = np.pad(x, padding), np.pad(np.ones(x.shape, bool), padding)
    out = np.full(best.shape, -1, np.int32)
    for k, part in enumerate(_parts(size, strides, best.shape)):
        hit = ((wide[part] == best) | (wide[part] != wide[part])) & real[part]
        out[hit & (out < 0)] = k
    return out


def _check_range(name: str, index: np.ndarray, size: Ints) -> None:
    bad = (index < 0) | (index >= math.prod(size))
    if bad.any():
        raise IndexRangeError(f"{name}: index must be in 0..{math.prod(size) - 1}; got {index[bad][0]}.")


def _gather_numpy(
    x: np.ndarray, index: np.ndarray, *, size: Ints, strides: Ints, padding: Pairs
) -> np.ndarray:
    _check_range("window_gather", index, size)
    wide, out = np.pad(x, padding), np.zeros(index.shape, x.dtype)
    for k, part in enumerate(_parts(size, strides, index.shape)):
        np.copyto(out, wide[part], where=index == k)
    return out


def _scatter_numpy(
    g: np.ndarray, index: np.ndarray, *, in_shape: Ints, size: Ints, strides: Ints, padding: Pairs
) -> np.ndarray:
    wide = np.zeros([n + sum(p) for n, p in zip(in_shape, padding, strict=True)], g.dtype)
    for k, part in enumerate(_parts(size, strides, g.shape)):
        wide[part] += np.where(index == k, g, 0)
    return wide[_inside(in_shape, padding)]


# --- lowering: an element of the windows ----------------------------------------------------------


def _over(s: Scalars, counts: Ints, kind: str, term: Callable[[Index], Expr]) -> Expr:
    """Fold `term` over all indices below `counts`, with loops only where there is more than one."""
    long = [a for a, n in enumerate(counts) if n > 1]

    def body(k: Index) -> Expr:
        full = [s.const(0)] * len(counts)
        for a, v in zip(long, k, strict=True):
            full[a] = v
        return term(tuple(full))

    return s.reduce(kind, [s.const(counts[a]) for a in long], body)


def _covered(
    s: Scalars, x: Any, q: Index, k: Index, strides: Ints, padding: Pairs
) -> tuple[Expr, Expr | None]:
    """The element at offset k of window q, and whether it is one (None: surely; else it is padding)."""
    index, there = [], None
    for p, a, n, t, pair in zip(q, k, x.shape, strides, padding, strict=True):
        at = s.sub(s.add(s.mul(p, s.const(t)), a), s.const(pair[0]))
        if any(pair):
            holds = inside(s, at, n)
            there = holds if there is None else s.bitop("and", there, holds)
            at = clamp(s, at, n)
        index.append(at)
    return x[tuple(index)], there


def _sum_at(s: Scalars, i: Index, x: Any, *, size: Ints, strides: Ints, padding: Pairs) -> Expr:
    return _fold(s, i, x, "sum", 0, size, strides, padding)


def _max_at(s: Scalars, i: Index, x: Any, *, size: Ints, strides: Ints, padding: Pairs) -> Expr:
    return _fold(s, i, x, "max", lowest(x.dtype), size, strides, padding)


def _fold(
    s: Scalars, i: Index, x: Any, kind: str, fill: float, size: Ints, strides: Ints, padding: Pairs
) -> Expr:
    outside = s.const(fill, x.dtype)
    if any(is_int_const(n, 0) for n in x.shape):
        return outside

    def term(k: Index) -> Expr:
        value, there = _covered(s, x, i, k, strides, padding)
        return value if there is None else s.select(there, value, outside)

    return _over(s, size, kind, term)


def _offset(s: Scalars, k: Index, size: Ints) -> Expr:
    """k counted in row-major order."""
    flat = s.const(0)
    for a, n in zip(k, size, strict=True):
        flat = s.add(s.mul(flat, s.const(n)), a)
    return flat


def _argmax_at(s: Scalars, i: Index, x: Any, *, size: Ints, strides: Ints, padding: Pairs) -> Expr:
    best = _max_at(s, i, x, size=size, strides=strides, padding=padding)

    def term(k: Index) -> Expr:
        value, there = _covered(s, x, i, k, strides, padding)
        hit = s.compare("eq", value, best)
        if is_float(x.dtype):
            hit = s.bitop("or", hit, s.compare("ne", value, value))
        if there is not None:
            hit = s.bitop("and", hit, there)
        return s.select(hit, _offset(s, k, size), s.const(math.prod(size)))

    return s.cast(_over(s, size, "min", term), "int32")


def _gather_at(
    s: Scalars, i: Index, x: Any, index: Any, *, size: Ints, strides: Ints, padding: Pairs
) -> Expr:
    flat = s.check(s.cast(index[i], "int64"), s.const(math.prod(size)), s.code)
    k = [s.const(0)] * len(size)
    if math.prod(size) == 1 and size:
        k[0] = flat  # 0, or the check fails
    for a in reversed([a for a, n in enumerate(size) if n > 1]):
        k[a] = s.imod(flat, s.const(size[a]))
        flat = s.idiv(flat, s.const(size[a]))
    value, there = _covered(s, x, i, tuple(k), strides, padding)
    return value if there is None else s.select(there, value, s.const(0, x.dtype))


# --- lowering: an element that windows cover ------------------------------------------------------


def _spread_at(
    s: Scalars, i: Index, g: Any, *, in_shape: Shape, size: Ints, strides: Ints, padding: Pairs
) -> Expr:
    return _gathered(s, i, g, None, in_shape, size, strides, padding)


def _scatter_at(
    s: Scalars, i: Index, g: Any, index: Any, *, in_shape: Shape, size: Ints, strides: Ints, padding: Pairs
) -> Expr:
    return _gathered(s, i, g, index, in_shape, size, strides, padding)


def _gathered(
    s: Scalars, i: Index, g: Any, chosen: Any, in_shape: Shape, size: Ints, strides: Ints, padding: Pairs
) -> Expr:
    """Sum of g over the windows that cover position i (and chose it).

    On one axis these are windows (i + lo) // stride - j for j below ceil(size / stride).
    """
    zero = s.const(0, g.dtype)
    if any(is_int_const(n, 0) for n in g.shape):
        return zero
    most = tuple(-(-k // t) for k, t in zip(size, strides, strict=True))

    def term(j: Index) -> Expr:
        q, k, there = [], [], None
        for a, pair in enumerate(padding):
            at = s.add(i[a], s.const(pair[0]))
            window = s.sub(s.idiv(at, s.const(strides[a])), j[a])
            k.append(s.sub(at, s.mul(window, s.const(strides[a]))))
            if not _tiles(g.shape[a], in_shape[a], size[a], strides[a], pair):
                holds = s.bitop(
                    "and", inside(s, window, g.shape[a]), s.compare("lt", k[-1], s.const(size[a]))
                )
                there = holds if there is None else s.bitop("and", there, holds)
                window = clamp(s, window, g.shape[a])
            q.append(window)
        if chosen is not None:
            hit = s.compare("eq", s.cast(chosen[tuple(q)], "int64"), _offset(s, tuple(k), size))
            there = hit if there is None else s.bitop("and", there, hit)
        value: Expr = g[tuple(q)]
        return value if there is None else s.select(there, value, zero)

    return _over(s, most, "sum", term)


def _tiles(count: Expr, length: int | Dim, size: int, stride: int, padding: tuple[int, int]) -> bool:
    """Whether windows surely cover the axis side by side, each position once."""
    if size == stride == 1 and not any(padding):
        return True
    known = count.op == "const" and not isinstance(length, Dim)
    return known and size == stride and not any(padding) and const_value(count) * size == length


def _lead(batch: int | Dim, /, **params: Any) -> dict[str, Any]:
    """Windows of length 1 over the batch."""
    first: dict[str, Any] = {"size": 1, "strides": 1, "padding": (0, 0), "in_shape": batch}
    return {k: (first[k], *v) for k, v in params.items()}


# --- the primitives -------------------------------------------------------------------------------

window_sum: Primitive = linear(
    "window_sum",
    _type("window_sum"),
    _sum_numpy,
    lower=_sum_at,
    transpose=lambda g, x, **params: window_spread(g, in_shape=type_of(x).shape, **params),
    lead=_lead,
)

# Each element of g added to all elements that its window covers.
window_spread: Primitive = linear(
    "window_spread",
    _spread_type,
    _spread_numpy,
    lower=_spread_at,
    transpose=lambda u, g, *, in_shape, **params: window_sum(u, **params),
    lead=_lead,
)


def _max_jvp(dots: Any, out: Any, x: Any, **params: Any) -> Any:
    return None if dots[0] is None else window_gather(dots[0], window_argmax(x, **params), **params)


def _max_vjp(g: Any, out: Any, x: Any, **params: Any) -> tuple[Any, ...]:
    return (window_scatter(g, window_argmax(x, **params), in_shape=type_of(x).shape, **params),)


# Padding never wins; NaN does. All of the derivative goes to the first maximum.
window_max = Primitive(
    "window_max", _type("window_max"), _max_numpy, lower=_max_at, jvp=_max_jvp, vjp=_max_vjp, lead=_lead
)

# The offset of the first maximum (or the first NaN) inside of each window.
window_argmax = Primitive(
    "window_argmax", _type("window_argmax", "int32"), _argmax_numpy, lower=_argmax_at, lead=_lead
)

# The element of x at offset `index` of each window; 0 in the padding.
window_gather: Primitive = linear(
    "window_gather",
    _gather_type,
    _gather_numpy,
    lower=_gather_at,
    transpose=lambda g, x, index, **params: window_scatter(g, index, in_shape=type_of(x).shape, **params),
    lead=_lead,
)

# Each element of g added to the element at offset `index` of its window, if the window has such an offset.
window_scatter: Primitive = linear(
    "window_scatter",
    _scatter_type,
    _scatter_numpy,
    lower=_scatter_at,
    transpose=lambda u, g, index, *, in_shape, **params: window_gather(u, index, **params),
    lead=_lead,
)
