"""Contractions to test and to time: what products and convolutions of the graph lower to, built by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from wengert.base.dtypes import is_float, summed
from wengert.loop.expr import Expr, Scalars
from wengert.loop.nest import Axis, Contraction, Slot, Store


@dataclass
class Case:
    """A contraction, its arguments, and what it should give.

    sizes: elements of A and B. subscripts: einsum's, on views of them with these (shape, strides, offset).
    """

    name: str
    contraction: Contraction
    sizes: tuple[int, ...]
    views: tuple[tuple[tuple[int, ...], tuple[int, ...], int], ...]
    out: tuple[int, ...]
    subscripts: str
    params: tuple[int, ...] = ()

    @property
    def terms(self) -> int:
        total = self.contraction.axes
        return math.prod(_number(x.extent, self.params) for x in total if x.reduced)

    @property
    def flops(self) -> int:
        return 2 * math.prod(_number(x.extent, self.params) for x in self.contraction.axes)


def _number(e: Expr, params):
    return params[e.data] if e.op == "param" else int(e.data)


def build(
    name,
    extents,
    reduced,
    a,
    b,
    *,
    dtype="float32",
    b_dtype=None,
    a_offset=0,
    b_offset=0,
    symbolic=(),
    epilogue=None,
    out=None,
):
    """A case from {axis: extent}, the reduced ones, and {axis: stride} of A and B; the output is gapless.

    Of floats the output is of their dtype, of 8-bit integers it is int32. b_dtype: of B, if it is not A's.
    """
    s = Scalars()
    params = {v: n for n, v in enumerate(symbolic)}
    outer = [v for v in (out or extents) if v not in reduced]
    length = {v: s.param(params[v]) if v in params else s.const(n) for v, n in extents.items()}
    axes = tuple(
        Axis(v, length[v], s.const(a.get(v, 0)), s.const(b.get(v, 0)), v in reduced) for v in extents
    )
    index, stride = s.const(0), s.const(1)
    for v in reversed(outer):
        index = s.add(index, s.mul(s.var(v), stride))
        stride = s.mul(stride, length[v])
    stored = dtype if is_float(dtype) else summed(dtype)
    acc = s.cast(s.acc(outer, summed(dtype)), stored)
    stores, slots = ((Store(2, index, acc),), (Slot(dtype), Slot(b_dtype or dtype), Slot(stored, True)))
    if epilogue:
        stores, slots = epilogue(s, index, {v: s.var(v) for v in outer}, acc, slots)
    c = Contraction(axes, 0, s.const(a_offset), 1, s.const(b_offset), stores, slots, len(params))
    views, sizes, letters = [], [], {v: chr(97 + n) for n, v in enumerate(extents)}
    for strides, offset in ((a, a_offset), (b, b_offset)):
        used = [v for v in extents if strides.get(v)]
        views.append((tuple(extents[v] for v in used), tuple(strides[v] for v in used), offset))
        reach = sum(max(0, strides[v]) * max(0, extents[v] - 1) for v in used)
        sizes.append(offset + reach + 1)
    spec = ["".join(letters[v] for v in extents if x.get(v)) for x in (a, b)]
    text = f"{spec[0]},{spec[1]}->{''.join(letters[v] for v in outer)}"
    shape = tuple(extents[v] for v in outer)
    return Case(name, c, tuple(sizes), tuple(views), shape, text, tuple(extents[v] for v in symbolic))


def reference(case: Case, buffers) -> np.ndarray:
    """The sums in float64."""
    operands = []
    for buffer, (shape, strides, offset) in zip(buffers, case.views, strict=False):
        flat = buffer.astype(np.float64)
        operands.append(np.lib.stride_tricks.as_strided(flat[offset:], shape, [8 * s for s in strides]))
    outs = case.subscripts.split("->")[1]
    spec, seen = case.subscripts.split("->")[0], set("".join(case.subscripts.split("->")[0]))
    kept = "".join(x for x in outs if x in seen)
    result = np.einsum(f"{spec}->{kept}", *operands, optimize=True)
    shape = [n if x in seen else 1 for x, n in zip(outs, case.out, strict=True)]
    return np.broadcast_to(result.reshape(shape), case.out)


def dense(m, k, n, **options):
    """Y = X W"""
    return build(
        f"dense {m}x{k} {k}x{n}",
        {"m": m, "n": n, "k": k},
        {"k"},
        {"m": k, "k": 1},
        {"k": n, "n": 1},
        **options,
    )


def dense_dx(m, k, n, **options):
    """dX = dY W^T"""
    return build(
        f"dense dx {m}x{n} {n}x{k}",
        {"m": m, "k": k, "n": n},
        {"n"},
        {"m": n, "n": 1},
        {"k": n, "n": 1},
        **options,
    )


def dense_dw(m, k, n, **options):
    """dW = X^T dY"""
    return build(
        f"dense dw {k}x{m} {m}x{n}",
        {"k": k, "n": n, "m": m},
        {"m"},
        {"k": 1, "m": k},
        {"m": n, "n": 1},
        **options,
    )


def conv(batch, h, w, c, oc, kernel=3, stride=1, **options):
    """Y = conv(X, W): X [batch, h, w, c] with its padding inside, W [kernel, kernel, c, oc]"""
    oh, ow = (h - kernel) // stride + 1, (w - kernel) // stride + 1
    x = {"b": h * w * c, "i": stride * w * c, "j": stride * c, "p": w * c, "q": c, "c": 1}
    f = {"p": kernel * c * oc, "q": c * oc, "c": oc, "o": 1}
    axes = {"b": batch, "i": oh, "j": ow, "o": oc, "p": kernel, "q": kernel, "c": c}
    return build(
        f"conv {batch}x{h}x{w}x{c}->{oc} {kernel}x{kernel}/{stride}", axes, {"p", "q", "c"}, x, f, **options
    )


def conv_dw(batch, h, w, c, oc, kernel=3, stride=1, **options):
    """dW[p, q, c, o] = sum X[b, i * stride + p, j * stride + q, c] dY[b, i, j, o]"""
    oh, ow = (h - kernel) // stride + 1, (w - kernel) // stride + 1
    x = {"b": h * w * c, "i": stride * w * c, "j": stride * c, "p": w * c, "q": c, "c": 1}
    y = {"b": oh * ow * oc, "i": ow * oc, "j": oc, "o": 1}
    axes = {"p": kernel, "q": kernel, "c": c, "o": oc, "b": batch, "i": oh, "j": ow}
    return build(
        f"conv dw {batch}x{h}x{w}x{c}->{oc} {kernel}x{kernel}/{stride}",
        axes,
        {"b", "i", "j"},
        x,
        y,
        **options,
    )


def conv_dx(batch, h, w, c, oc, kernel=3, **options):
    """dX[b, i, j, c] = sum dYpadded[b, i + kernel - 1 - p, j + kernel - 1 - q, o] W[p, q, c, o]"""
    oh, ow = h - kernel + 1, w - kernel + 1
    ph, pw = oh + 2 * (kernel - 1), ow + 2 * (kernel - 1)
    y = {"b": ph * pw * oc, "i": pw * oc, "j": oc, "p": -pw * oc, "q": -oc, "o": 1}
    f = {"p": kernel * c * oc, "q": c * oc, "c": oc, "o": 1}
    axes = {"b": batch, "i": h, "j": w, "c": c, "p": kernel, "q": kernel, "o": oc}
    start = (kernel - 1) * (pw * oc + oc)
    return build(
        f"conv dx {batch}x{h}x{w}x{c}->{oc} {kernel}x{kernel}",
        axes,
        {"p", "q", "o"},
        y,
        f,
        a_offset=start,
        **options,
    )


def strided(m, k, n, gap=2, **options):
    """Y = X W, where no neighbours in memory belong to one W: the last axis of what it is a part of is another one."""
    return build(
        f"strided {m}x{k} {k}x{n}",
        {"m": m, "n": n, "k": k},
        {"k"},
        {"m": k, "k": 1},
        {"k": n * gap, "n": gap},
        **options,
    )


def batched(batch, m, k, n, **options):
    """C[b] = A[b] B[b]"""
    a, b = {"b": m * k, "m": k, "k": 1}, {"b": k * n, "k": n, "n": 1}
    return build(
        f"batched {batch} {m}x{k} {k}x{n}", {"b": batch, "m": m, "n": n, "k": k}, {"k"}, a, b, **options
    )
