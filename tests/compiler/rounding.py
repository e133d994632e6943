"""How far may a compiled result be from the interpreted one? Monte Carlo arithmetic gives the answer.

The interpreter is run again and again while the result of every step that rounds is moved, at random, by as much as
the step is allowed to be wrong (`ULPS`, in units in the last place; for sums, in those of the sum of the terms'
magnitudes, for that is what another order of adding changes). How far the outputs spread says how well conditioned
the program is at these arguments, element by element:

- an element that never moved took no rounding step: the compiled one must have the same bits;
- one that stayed in one class (finite, NaN, +inf, -inf) must be within MARGIN times its largest move;
- one that changed class, or an integer or bool that changed, hangs on a rounding (a comparison of nearly equal
  numbers, a floor just below an integer): nothing can be said about it, and it is not compared.

A step that is given whole numbers and gives whole numbers, small enough to be exact, does not round. Programs that are
fed whole numbers are therefore compared by bits nearly everywhere.

MARGIN is 4: RUNS random moves do not reach the worst case. With moves of up to 2 ULP for a sum, this is the bound of
8 scaled ULP of the reliability page, multiplied by the condition. A sum of many terms is moved by 1/4 ULP a term, for
terms that are alike are all rounded to the same side: n terms may be wrong by n/2 ULP of the sum of their magnitudes
(N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 4.2), and the moves reach that.

Source: D. S. Parker, "Monte Carlo Arithmetic", UCLA CSD-970002, 1997.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.ir.graph import Graph, bind, require_lengths, substitute
from wengert.ir.node import Node
from wengert.ir.primitive import REGISTRY, infer, run_numpy, types_of
from wengert.ir.types import type_of
from wengert.loop.math import BOUNDS, SIN_RANGE

RUNS = 8
MARGIN = 4.0
# Elementary steps are rounded correctly by both, but a rule may put x * y + z into one rounding, or swap terms.
ULPS = dict.fromkeys(("add", "sub", "mul", "mul_no_nan", "div", "sqrt", "rsqrt", "remainder", "floor_divide"), 1.0) | {
    name: max(bounds) + 2.0 for name, bounds in BOUNDS.items()  # our stated bound, and 2 ULP for NumPy's function
}
SUMS = {
    "reduce_sum", "cumsum", "dot", "conv", "conv_input_grad", "conv_kernel_grad", "window_sum", "window_spread",
    "window_scatter", "scatter_add", "add_along_axis",
}  # fmt: skip
EXACT_ON_WHOLE = {"add", "sub", "mul", "mul_no_nan", "remainder", *SUMS, "reduce_prod"}
ANYTHING = (np.nan, np.inf, -np.inf, 0.0, 1.0, -3.0)  # an element that may be any of them is not compared
ZERO_SIGNS = {
    "maximum",
    "minimum",
    "reduce_max",
    "reduce_min",
    "window_max",
}  # of equal zeros, either may be given


def interpret(graph: Graph, args: Sequence[Any], rng: np.random.Generator | None = None) -> list[np.ndarray]:
    """The outputs by the NumPy rules; with a generator, every step that rounds is moved by what it may be wrong."""
    lengths = bind(graph.in_types, [type_of(a) for a in args])
    require_lengths(graph, lengths)
    env: dict[Node, Any] = dict(zip(graph.inputs, args, strict=True))
    for n in graph.nodes:
        if n in env:
            continue
        if n.primitive is None:
            env[n] = n.value
            continue
        params = {k: substitute(v, lengths) for k, v in n.params}
        ins = tuple(env[i] for i in n.inputs)
        out = run_numpy(n.primitive, infer(n.primitive, tuple(map(types_of, ins)), params), ins, params)
        env[n] = out if rng is None else move(n.primitive.name, ins, out, params, rng)
    return [env[o] for o in graph.outputs]


def move(name: str, ins: tuple, out: Any, params: dict[str, Any], rng: np.random.Generator) -> Any:
    """The result of a step, moved at random by what the step may be wrong."""
    if isinstance(out, tuple) or not is_float(out.dtype.name):
        return out
    if name in ZERO_SIGNS or name in SUMS:
        out = np.where((out == 0) & (rng.random(out.shape) < 0.5), -out, out).astype(out.dtype)
    wrong = error_of(name, ins, out, params)
    if wrong is not None:
        with np.errstate(all="ignore"):
            moved = (out + wrong * rng.choice((-1.0, 1.0), out.shape)).astype(out.dtype)
        out = np.where(np.isfinite(out), moved, out)
    lost = not_promised(name, ins, out, params)
    return out if lost is None else np.where(lost, rng.choice(ANYTHING, out.shape), out).astype(out.dtype)


def error_of(name: str, ins: tuple, out: np.ndarray, params: dict[str, Any]) -> np.ndarray | None:
    """By how much the step may be wrong, at each element; None if it does not round."""
    with np.errstate(all="ignore"):
        if name in SUMS:
            floats = (np.abs(a) if is_float(a.dtype.name) else a for a in ins)
            scale = REGISTRY[name].numpy_rule(*floats, **params)
            ones = (np.ones_like(a) if is_float(a.dtype.name) else a for a in ins)
            terms = REGISTRY[name].numpy_rule(*ones, **params)
            wrong = np.maximum(2.0, terms / 4.0) * np.spacing(np.asarray(scale, out.dtype))
        elif name == "reduce_prod":
            terms = ins[0].size // max(out.size, 1)
            scale, wrong = out, np.spacing(np.abs(out)) * terms
        elif name in ULPS:
            scale, wrong = out, np.spacing(np.abs(out)) * ULPS[name]
        elif name == "cast":
            return np.spacing(np.abs(out)) if ins[0].dtype == np.float64 != out.dtype else None
        else:
            return None
        if name in EXACT_ON_WHOLE:
            limit = 2.0 ** (np.finfo(out.dtype).nmant - 1)
            whole = all(np.all(a == np.rint(a)) for a in ins) and np.all(np.abs(scale) < limit)
            if whole:
                return None
    return wrong


def not_promised(name: str, ins: tuple, out: np.ndarray, params: dict[str, Any]) -> np.ndarray | None:
    """Where nothing is promised: one order of adding finite terms leaves the range of the dtype, another does not; the
    angle is too large; an infinity may meet the zeros that compiled convolutions put between and around elements."""
    if name in ("sin", "cos"):
        return np.asarray(np.abs(ins[0]) > SIN_RANGE[out.dtype.name])
    if name in ("conv_input_grad", "conv_kernel_grad") and not all(np.isfinite(a).all() for a in ins):
        return np.ones(out.shape, bool)
    if name not in SUMS and name != "reduce_prod":
        return None
    rule, info = REGISTRY[name].numpy_rule, np.finfo(out.dtype)
    finite = [np.where(np.isfinite(a), np.abs(a), 0) if is_float(a.dtype.name) else a for a in ins]
    with np.errstate(all="ignore"):
        if name in SUMS:
            return np.asarray(~(rule(*finite, **params) < info.max / 2))
        large = rule(np.maximum(finite[0], 1), **params)
        small = rule(np.minimum(np.where(finite[0] == 0, 1, finite[0]), 1), **params)
        return np.asarray(~(large < info.max / 2) | (small < info.tiny))


def disagreement(
    graph: Graph, args: Sequence[np.ndarray], got: Sequence[np.ndarray], rng: np.random.Generator
) -> tuple[str | None, float]:
    """(what is wrong with `got`, or None; the share of elements that could be compared)"""
    want = interpret(graph, args)
    moved = [interpret(graph, args, rng) for _ in range(RUNS)]
    compared = total = 0
    for k, (w, g) in enumerate(zip(want, got, strict=True)):
        if w.shape != g.shape or w.dtype != g.dtype:
            return f"output {k} must be {w.dtype}{list(w.shape)}; got {g.dtype}{list(g.shape)}", 0.0
        known, allowed = tolerance(w, [m[k] for m in moved])
        compared += int(known.sum())
        total += w.size
        bad = known & ~agrees(w, g, allowed)
        if bad.any():
            at = tuple(int(a) for a in np.argwhere(bad)[0])
            return (
                f"output {k}: {int(bad.sum())} of {w.size} elements differ; at {at} got {g[at]!r} for {w[at]!r}, "
                f"where {allowed[at]:.3g} is allowed"
            ), 0.0
    return None, compared / max(total, 1)


def tolerance(want: np.ndarray, moved: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(where something can be said, by how much an element may differ there)"""
    known = np.ones(want.shape, bool)
    allowed = np.zeros(want.shape)
    for m in moved:
        if is_float(want.dtype.name):
            known &= kind_of(want) == kind_of(m)
            with np.errstate(all="ignore"):
                step = np.abs(m.astype(np.float64) - want.astype(np.float64))
            allowed = np.maximum(allowed, np.where(np.isfinite(step), step, 0))
        else:
            known &= want == m
    return known, np.minimum(allowed, np.finfo(np.float64).max / MARGIN) * MARGIN


def kind_of(x: np.ndarray) -> np.ndarray:
    """finite 0, NaN 1, infinity 2 or 3, zeros 4 or 5"""
    return np.select(
        [np.isnan(x), np.isposinf(x), np.isneginf(x), (x == 0) & ~np.signbit(x), x == 0], [1, 2, 3, 4, 5], 0
    )


def agrees(want: np.ndarray, got: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Element by element: the same number (0.0 is not -0.0, a NaN is a NaN), or within what is allowed."""
    if not is_float(want.dtype.name):
        return want == got
    with np.errstate(all="ignore"):
        near = np.abs(want.astype(np.float64) - got.astype(np.float64)) <= allowed
    return ((kind_of(want) == kind_of(got)) & ((want == got) | np.isnan(want))) | (near & (allowed > 0))
