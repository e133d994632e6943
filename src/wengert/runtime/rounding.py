"""How far may one step's result be off? In units in the last place, for sums in those of the terms' magnitudes.

A sum of many terms may be off by 1/4 ULP a term, for terms that are alike are all rounded to the same side: n terms
may be wrong by n/2 ULP of the sum of their magnitudes (N. J. Higham, "Accuracy and Stability of Numerical
Algorithms", 2002, section 4.2), by half of that when moved twice that way. A step that is given whole numbers and
gives whole numbers, small enough to be exact, does not round.

Matrices and signals go to one NumPy rule, compiled or not, which rounds alike: of equal inputs the same bits come.
Of inputs that differ by roundings come results that differ by the rule's own noise, at the largest element; however
badly a matrix is conditioned shows in the moved runs. Steps of complex numbers do alike: 1 ULP of their size.

Convolutions that are done in tiles may be wrong by what `prims/winograd.py` says.

bfloat16 is computed in float32, and rounded where it is stored: by the interpreter after each step, by compiled
programs after each kernel. Numbers too small to be normal may then be stored as 0.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base import config
from wengert.base.dtypes import computed, finfo, is_float
from wengert.ir.dim import Dim
from wengert.ir.primitive import REGISTRY, widened
from wengert.ir.types import TensorType, type_of
from wengert.loop.math import BOUNDS, SIN_RANGE
from wengert.prims.winograd import ROUNDINGS, magnitude
from wengert.transforms.winograd import Tiles, tiles_of

Array = np.ndarray[Any, Any]
# Elementary steps are rounded correctly by both, but a rule may round x * y + z once, or swap terms.
ELEMENTARY = ("add", "sub", "mul", "mul_no_nan", "div", "sqrt", "rsqrt", "remainder", "floor_divide")
COMPOSED = {  # in `prims/`, of those that have bounds
    "atan2": (3.0, 3.0), "hypot": (2.0, 2.0), "tan": (6.0, 6.0), "sinh": (5.0, 5.0), "cosh": (4.0, 4.0),
    "log2": (3.0, 3.0), "log10": (3.0, 3.0),
}  # fmt: skip
# Of the others our stated bound, and 2 ULP for NumPy's function.
STATED = BOUNDS | COMPOSED
ULPS = dict.fromkeys(ELEMENTARY, 1.0) | {name: max(bounds) + 2.0 for name, bounds in STATED.items()}
SUMS = {
    "reduce_sum", "cumsum", "dot", "conv", "conv_input_grad", "conv_kernel_grad",
    "window_sum", "window_spread", "window_scatter", "scatter_add", "add_along_axis",
}  # fmt: skip
EXACT = {
    "abs", "all_sum", "argmax", "argmin", "argsort", "bitcast", "bitwise_and", "bitwise_not", "bitwise_or",
    "bitwise_xor", "broadcast_to", "ceil", "concatenate", "conj", "copysign", "dynamic_slice", "dynamic_update_slice",
    "equal",
    "floor", "gather", "identity", "imag", "iota", "is_finite", "is_nan", "item", "join", "less", "less_equal",
    "maximum", "minimum", "neg", "nextafter", "not_equal", "pad", "random_bits", "real", "reduce_all",
    "reduce_any", "reduce_max", "reduce_min", "reshape", "reverse", "round", "scatter_max", "scatter_min",
    "scatter_set", "searchsorted", "shift_left", "shift_right", "sign", "signbit", "slice", "sort",
    "stop_gradient", "take_along_axis", "transpose", "trunc", "where", "window_argmax", "window_gather",
    "window_max", "wrap_index",
}  # fmt: skip
TILES = {"winograd_data", "winograd_kernel", "winograd_output"}
PRODUCTS = {"reduce_prod", "cumprod", "scatter_mul"}
MATRICES = {
    "cholesky", "cofactor", "det", "eig", "eigh", "eigvals", "eigvalsh", "expm", "inv", "pinv", "qr", "slogdet",
    "solve", "svd", "svdvals",
}  # fmt: skip
SIGNALS = {"fft", "irfft", "rfft"}
OTHERS = {"cast", "recurrence", "reduce_var", *PRODUCTS, *TILES, *MATRICES, *SIGNALS}  # see error_of
EXACT_ON_WHOLE = {"add", "sub", "mul", "mul_no_nan", "remainder", *SUMS, *PRODUCTS}
# Of 0.0 and -0.0, either is right.
ZERO_SIGNS = {"maximum", "minimum", "reduce_max", "reduce_min", "scatter_max", "scatter_min", "window_max"}


def error_of(name: str, ins: tuple[Any, ...], out: Array, params: dict[str, Any]) -> Array | None:
    """By how much the step may be wrong, at each element; None if it does not round."""
    if computed(out.dtype.name) != out.dtype.name:
        return _error_of_stored(name, ins, out, params)
    return _error_of(name, ins, out, params, finfo(out.dtype.name).nmant)


def _error_of_stored(name: str, ins: tuple[Any, ...], out: Array, params: dict[str, Any]) -> Array | None:
    info, wide = finfo(out.dtype.name), computed(out.dtype.name)
    wrong = _error_of(name, tuple(map(widened, ins)), out.astype(wide), params, info.nmant)
    with np.errstate(all="ignore"):
        if wrong is not None:
            if name in SUMS:  # what is lost may have been a tiny number times a huge one
                lost = np.abs(_without_subnormal(name, ins, out, params) - out.astype(wide))
                wrong = wrong + np.where(np.isfinite(lost), lost, 0)
            return np.asarray(wrong + np.maximum(np.spacing(np.abs(out)).astype(wide), info.tiny), wide)
        lost = (np.abs(out) < info.tiny) & (out != 0)
    return np.asarray(lost * info.tiny, wide) if lost.any() else None


def _error_of(name: str, ins: tuple[Any, ...], out: Array, params: dict[str, Any], bits: int) -> Array | None:
    """bits: of the mantissa that the result is stored with."""
    with np.errstate(all="ignore"):
        if name in SUMS:
            scale = on_floats(name, np.abs, ins, params)
            terms = on_floats(name, np.ones_like, ins, params)
            wrong = np.maximum(2.0, terms / 4.0) * np.spacing(np.asarray(scale, out.dtype))
            felt = felt_in_tiles(name, ins, params)
            if felt is not None:
                channels = ins[1].shape[-1 if name == "conv_input_grad" else -2]
                return np.asarray(np.maximum(wrong, (channels / 4.0 + ROUNDINGS) * np.spacing(felt)))
        elif name in TILES:
            return np.asarray(ROUNDINGS * np.spacing(_felt_by_map(name, ins, params)))
        elif name == "reduce_var":
            scale, wrong = out, variance_error(ins[0], out, params["axes"])
        elif name in PRODUCTS:
            scale, wrong = out, np.spacing(np.abs(out)) * _factors(name, ins, out, params)
        elif name == "recurrence":
            scale = on_floats(name, np.abs, ins, params)
            wrong = 2.0 * ins[0].shape[params["axis"]] * np.spacing(np.asarray(scale, out.dtype))
        elif name in MATRICES or name in SIGNALS:
            return _noise(out, ins[0].ndim - 2 if name in MATRICES else 0)
        elif name in ULPS:
            scale, wrong = out, np.spacing(np.abs(out)) * ULPS[name]
        elif name == "cast" and ins[0].dtype != out.dtype and ins[0].dtype != bool:
            scale, wrong = out, np.spacing(np.abs(out))
            return None if np.array_equal(ins[0].astype(np.float64), out.astype(np.float64)) else wrong
        else:
            return None
        limit = 2.0 ** (bits - 1)
        whole = all(np.all(a == np.rint(a)) for a in ins) and np.all(np.abs(scale) < limit)
    return None if name in EXACT_ON_WHOLE and whole else wrong


def _noise(out: Array, batch: int) -> Array:
    """2 ULP of the largest element of what is made of one matrix."""
    size = np.where(np.isfinite(out), np.abs(out), 0)
    largest = np.max(size, axis=tuple(range(batch, out.ndim)), keepdims=True, initial=0)
    return np.broadcast_to(2 * np.spacing(largest), out.shape)


def _factors(name: str, ins: tuple[Any, ...], out: Array, params: dict[str, Any]) -> int:
    """How many factors an element of a product has at most."""
    if name == "cumprod":
        return int(ins[0].shape[params["axis"]])
    return int(ins[1].size if name == "scatter_mul" else ins[0].size // max(out.size, 1))


def felt_in_tiles(name: str, ins: tuple[Any, ...], params: dict[str, Any]) -> Array | None:
    """What errors are in proportion to where a program may do the convolution in tiles; None where none does.

    A program for all batches chooses its tiles for a typical one.
    """
    if name not in ("conv", "conv_input_grad") or not config.winograd():
        return None
    x, kernel = map(type_of, ins)
    any_batch = TensorType((Dim.named("batch"), *x.shape[1:]), x.dtype)
    found = [how for t in (x, any_batch) if (how := tiles_of(name, t, kernel, **params))]
    sizes = [_felt(ins[0], ins[1], how) for how in {how.tile: how for how in found}.values()]
    return functools.reduce(np.maximum, sizes) if sizes else None


def _felt(x: Array, kernel: Array, how: Tiles) -> Array:
    wide = np.pad(x, tuple(zip(how.low, how.high, strict=True)))
    whole = magnitude(wide, kernel, how.tile, how.flip)
    return whole[:, : how.shape[1], : how.shape[2]]


def _felt_by_map(name: str, ins: tuple[Any, ...], params: dict[str, Any]) -> Array:
    felt: Array = REGISTRY[name].numpy_rule(*map(widened, ins), **params, size=True)
    return felt


def variance_error(x: Array, out: Array, axes: tuple[int, ...]) -> Array:
    """What the mean and the subtraction lose changes each deviation; then squares are added."""
    terms = x.size // max(out.size, 1)
    size = np.sum(np.abs(x), axis=axes, dtype=x.dtype)
    shift = np.maximum(2.0, terms / 4.0) * np.spacing(size) / terms + np.spacing(
        np.max(np.abs(x), axis=axes, initial=0)
    )
    return np.asarray(np.maximum(2.0, terms / 4.0) * np.spacing(out) + (2 * np.sqrt(out) + shift) * shift)


def on_floats(
    name: str, change: Callable[[Array], Array], ins: tuple[Any, ...], params: dict[str, Any]
) -> Array:
    """The step's result where its floats are changed; indices stay."""
    changed = tuple(change(a) if is_float(a.dtype.name) else a for a in map(widened, ins))
    out: Array = REGISTRY[name].numpy_rule(*changed, **params)
    return out


def _lost_to_zero(name: str, ins: tuple[Any, ...], out: Array, params: dict[str, Any]) -> Array:
    """Where it matters that products of bfloat16 take subnormal numbers for 0: an infinity times one is NaN."""
    if computed(out.dtype.name) == out.dtype.name:
        return np.zeros(out.shape, bool)
    return np.asarray(np.isnan(_without_subnormal(name, ins, out, params)) != np.isnan(out))


def _without_subnormal(name: str, ins: tuple[Any, ...], out: Array, params: dict[str, Any]) -> Array:
    """The step's result where subnormal numbers are taken for 0."""
    tiny = finfo(out.dtype.name).tiny
    return on_floats(name, lambda a: np.where(np.abs(a) < tiny, 0, a).astype(a.dtype), ins, params)


def _zero_meets_infinity(x: Array, kernel: Array, *, padding: Any, **params: Any) -> Array:
    """Where an infinite weight lies over a zero of a convolution's input: compiled, borders of zeros are left out."""
    zeros = np.pad(x == 0, ((0, 0), *padding, (0, 0)), constant_values=True).astype(x.dtype)
    none = ((0, 0),) * len(padding)
    infinite = (~np.isfinite(kernel)).astype(x.dtype)
    meetings: Array = REGISTRY["conv"].numpy_rule(zeros, infinite, padding=none, **params)
    return meetings > 0


def not_promised(name: str, ins: tuple[Any, ...], out: Array, params: dict[str, Any]) -> Array | None:
    """Where nothing is promised: one order of adding finite terms leaves the range of the dtype, another does not;
    the angle is too large; it is a NaN's sign; an infinity may meet the zeros that compiled convolutions put around
    elements.
    """
    if name in ("sin", "cos", "tan"):
        angle = np.abs(widened(ins[0])).astype(np.float64)  # the range is more than a float16 holds
        coarse = angle * finfo(ins[0].dtype.name).eps > 0.5  # angles next to each other point anywhere
        return np.asarray(coarse | (angle > SIN_RANGE[computed(out.dtype.name)]))
    if name == "copysign":  # of a NaN
        return np.asarray(np.isnan(ins[1]))
    if name in ("conv_input_grad", "conv_kernel_grad") and not all(np.isfinite(a).all() for a in ins):
        return np.ones(out.shape, bool)
    with np.errstate(all="ignore"):
        felt = felt_in_tiles(name, ins, params) if name not in TILES else _felt_by_map(name, ins, params)
    if felt is not None:
        return np.asarray(~(felt < finfo(out.dtype.name).max / 2))
    info = finfo(out.dtype.name)
    # A kernel holds in float32 what one step leaves to the next.
    if out.dtype == np.float16 and name not in SUMS:
        return np.asarray(~(np.abs(widened(out)) < info.max / 2))
    ins = tuple(map(widened, ins))
    with np.errstate(all="ignore"):
        if name in SUMS:
            total = on_floats(
                name, lambda a: np.where(np.isfinite(a), np.abs(a), 0).astype(a.dtype), ins, params
            )
            lost = np.asarray(~(total < info.max / 2)) | _lost_to_zero(name, ins, out, params)
            return lost | _zero_meets_infinity(*ins, **params) if name == "conv" else lost
        if name == "reduce_var":
            return np.asarray(~(np.sum(np.square(ins[0]), axis=params["axes"]) < info.max / 8))
        if name == "reduce_prod":
            x = np.where(np.isfinite(ins[0]) & (ins[0] != 0), np.abs(ins[0]), 1)
            large, small = (np.prod(f(x, 1), axis=params["axes"]) for f in (np.maximum, np.minimum))
            return np.asarray(~(large < info.max / 2) | (small < info.tiny))
    return None
