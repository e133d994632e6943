"""How far may a compiled result be from the interpreted one? Monte Carlo arithmetic gives the answer.

Beside the interpreter's run, RUNS others go through the program step by step. In these, the result of every step
that rounds is moved by as much as `rounding.py` says that the step may be wrong: up everywhere in one run, down
everywhere in another (two steps may be wrong alike), in the rest up or down, at random but as often up as down. How
far the outputs spread says how well conditioned the program is at these arguments, element by element:

- an element that never moved took no rounding step: the compiled one must have the same bits;
- one that stayed in one class (finite, NaN, inf, -inf, 0.0, -0.0) must be within MARGIN times its largest move;
- one that changed class, or an integer or bool that changed, hangs on a rounding (a comparison of nearly equal
  numbers, a floor just below an integer): nothing can be said about it, and it is not compared.

Steps on small whole numbers do not round. Programs that are fed whole numbers are therefore compared by bits nearly
everywhere. MARGIN is 4: random moves do not reach the worst case. With moves of 2 ULP for a sum, this is a bound of 8
ULP, multiplied by the condition.

Source: D. S. Parker, "Monte Carlo Arithmetic", UCLA CSD-970002, 1997.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_complex, is_float
from wengert.base.errors import IndexRangeError, ValueRangeError
from wengert.ir.graph import Graph, bind, require_lengths, substitute
from wengert.ir.node import Node
from wengert.ir.primitive import infer, run_numpy, types_of, widened
from wengert.ir.types import type_of
from wengert.runtime.rounding import EXACT, SUMS, ZERO_SIGNS, error_of, not_promised

Array = np.ndarray[Any, Any]
RUNS = 10
MARGIN = 4.0
ALIKE = np.array((1.0, -1.0))  # of the first two runs
SIGNS = np.repeat(ALIKE, (RUNS - len(ALIKE)) // 2)  # of the others, in any order
ANYTHING = (np.nan, np.inf, -np.inf, 0.0, 1.0, -3.0)  # an element that may be any of them is not compared
# What a step is given, or what a graph gives, in each run; run 0 is the interpreter's.
Runs = list[tuple[Any, ...]]


def interpret(graph: Graph, runs: Sequence[Sequence[Any]], rng: np.random.Generator | None = None) -> Runs:
    """The outputs for each list of arguments, by the NumPy rules; with `rng`, all but the first with moved results."""
    lengths = bind(graph.in_types, [type_of(a) for a in runs[0]])
    require_lengths(graph, lengths)
    env: dict[Node, list[Any]] = dict(zip(graph.inputs, map(list, zip(*runs, strict=True)), strict=True))
    last: dict[Node, Node | None] = {i: n for n in graph.steps for i in n.inputs} | dict.fromkeys(
        graph.outputs
    )
    env |= {n: [n.value] * len(runs) for n in graph.nodes if n not in env and n.primitive is None}
    for n in graph.steps:
        assert n.primitive is not None
        params = {k: substitute(v, lengths) for k, v in n.params}
        ins = list(zip(*(env[i] for i in n.inputs), strict=True)) or [()] * len(runs)
        if n.primitive.name in CONTROL:
            env[n] = CONTROL[n.primitive.name](ins, rng, **params)
        else:
            out = infer(n.primitive, tuple(map(types_of, ins[0])), params)
            outs = [run_numpy(n.primitive, out, i, params) for i in ins]
            env[n] = outs if rng is None else move(n.primitive.name, ins, outs, params, rng)
        for i in n.inputs:
            if last[i] is n:
                env.pop(i, None)  # memory: there are many runs
    return list(zip(*(env[o] for o in graph.outputs), strict=True))


# --- control flow: the graphs inside round, too ---------------------------------------------------


def _cond(ins: Runs, rng: Any, *, true: Graph, false: Graph) -> Runs:
    way = [bool(i[0]) for i in ins]
    operands = [i[1:] for i in ins]
    if len(set(way)) == 1:
        return interpret(true if way[0] else false, operands, rng)
    return [interpret(true if w else false, [o])[0] for w, o in zip(way, operands, strict=True)]


def _while(ins: Runs, rng: Any, *, cond: Graph, body: Graph) -> Runs:
    while True:
        more = [bool(c[0]) for c in interpret(cond, ins, rng)]
        if not any(more):
            return ins
        if not all(more):
            return [_while([i], None, cond=cond, body=body)[0] for i in ins]
        ins = interpret(body, ins, rng)


def _scan(ins: Runs, rng: Any, *, body: Graph, carries: int, length: int, reverse: bool) -> Runs:
    values, xs = [i[:carries] for i in ins], [i[carries:] for i in ins]
    ys = [[np.empty((length, *y.shape), y.dtype) for y in body.out_types[carries:]] for _ in ins]
    for t in reversed(range(length)) if reverse else range(length):
        rows = [tuple(x[t] for x in run) for run in xs]
        results = interpret(body, [v + row for v, row in zip(values, rows, strict=True)], rng)
        values = [r[:carries] for r in results]
        for stacks, result in zip(ys, results, strict=True):
            for y, row in zip(stacks, result[carries:], strict=True):
                y[t] = row
    return [v + tuple(stacks) for v, stacks in zip(values, ys, strict=True)]


def _call(ins: Runs, rng: Any, *, body: Graph, forward: Any = None, backward: Any = None) -> Runs:
    return interpret(body, ins, rng)


CONTROL: dict[str, Callable[..., Runs]] = {
    "cond": _cond, "while_loop": _while, "scan": _scan, "checkpoint": _call, "custom": _call
}  # fmt: skip


# --- moves ----------------------------------------------------------------------------------------


def move(
    name: str, ins: Runs, outs: list[Any], params: dict[str, Any], rng: np.random.Generator
) -> list[Any]:
    """The results of a step, but the first moved by what the step may be wrong, one by all of it."""
    exact = outs[0]
    if isinstance(exact, tuple):
        return list(
            zip(*(move(name, ins, list(part), params, rng) for part in zip(*outs, strict=True)), strict=True)
        )
    if name == "signbit":  # of a NaN: either
        return [
            np.where(np.isnan(i[0]), k % 2 == 1, o) if k else o
            for k, (i, o) in enumerate(zip(ins, outs, strict=True))
        ]
    if is_complex(exact.dtype.name):
        with np.errstate(all="ignore"):
            errors = [None if name in EXACT else np.spacing(np.abs(o)) * (1 + 1j) for o in outs]
        return [exact] + [moved(*x) for x in zip(outs[1:], errors[1:], signs(exact, rng), strict=False)]
    if not is_float(exact.dtype.name):
        return outs
    if name in ZERO_SIGNS or name in SUMS:
        zeros = 0 * signs(exact, rng).astype(exact.dtype)
        outs = [exact] + [np.where(o == 0, z, o) for o, z in zip(outs[1:], zeros, strict=False)]
    errors = [error_of(name, i, o, params) for i, o in zip(ins, outs, strict=True)]
    outs = [exact] + [moved(*x) for x in zip(outs[1:], errors[1:], signs(exact, rng), strict=False)]
    if errors[0] is not None and len(outs) > 1:
        with np.errstate(all="ignore"):
            spread = np.max([np.abs(o - exact) for o in outs[1:]], axis=0)
            whole = (exact + errors[0]).astype(exact.dtype)
        outs[1] = np.where((spread < errors[0]) & np.isfinite(exact), whole, outs[1])
    lost = [not_promised(name, i, o, params) for i, o in zip(ins[1:], outs[1:], strict=True)]
    if name == "remainder":
        lost = [jumps(ins)] * len(lost)
    if not any(x is not None and x.any() for x in lost):
        return outs
    with np.errstate(over="ignore"):  # anything may be more than a float16 holds
        outs[1:] = [
            o if x is None else np.where(x, a, o).astype(o.dtype)
            for x, a, o in zip(lost, anything(exact), outs[1:], strict=False)
        ]
    return outs


def jumps(ins: Runs) -> Array:
    """Where a remainder hangs on a rounding: the whole number of times that y goes into x is not always the same."""
    with np.errstate(all="ignore"):
        times = np.stack([np.floor(np.divide(*map(widened, i))) for i in ins])
    return np.asarray(np.any((times != times[0]) & ~np.isnan(times), axis=0))


def anything(out: Array) -> list[Array]:
    """For each run numbers that may be anything: of one kind, for who adds them up or multiplies them; in rising and
    in falling order, large and small, for who looks for the largest or the smallest.
    """
    place = np.arange(out.size).reshape(out.shape) % 61  # 2 to such powers are in the range of every dtype
    ordered = [sign * 2.0**e for sign in (1, -1) for e in (60 + place, 120 - place)]
    return [*(np.full(out.shape, kind) for kind in ANYTHING), *ordered]


def signs(out: Array, rng: np.random.Generator) -> Array:
    """For each run and element 1 or -1: one run all of either, else at random, as many of one as of the other."""
    alike, others = (
        np.broadcast_to(x.reshape(-1, *(1,) * out.ndim), (len(x), *out.shape)) for x in (ALIKE, SIGNS)
    )
    return np.concatenate([alike, rng.permuted(others, axis=0)])


def moved(out: Array, error: Array | None, sign: Array) -> Array:
    """The finite elements, plus or minus their errors."""
    if error is None:
        return out
    with np.errstate(all="ignore"):
        new = (out + error * sign).astype(out.dtype)
    return np.where(np.isfinite(out), new, out)


# --- comparing ------------------------------------------------------------------------------------


def disagreement(
    graph: Graph, args: Sequence[Array], got: Sequence[Array], rng: np.random.Generator
) -> tuple[str | None, float]:
    """(what is wrong with `got`, or None; the share of elements that could be compared)"""
    try:
        want, *others = interpret(graph, [args] * (RUNS + 1), rng)
    except (
        IndexRangeError,
        ValueRangeError,
    ):  # of a moved run: an index, or whether a matrix is singular, hangs
        # on a rounding, and so does all that comes of it
        return None, 0.0
    compared = total = 0
    for k, (w, g) in enumerate(zip(want, got, strict=True)):
        if w.shape != g.shape or w.dtype != g.dtype:
            return f"output {k} must be {w.dtype}{list(w.shape)}; got {g.dtype}{list(g.shape)}", 0.0
        known, allowed = tolerance(w, [o[k] for o in others])
        compared += int(known.sum())
        total += w.size
        bad = known & ~agrees(w, g, allowed)
        if bad.any():
            at = tuple(int(a) for a in np.argwhere(bad)[0])
            return (
                f"output {k}: {int(bad.sum())} of {w.size} elements differ; at {at} got {g[at]!r} "
                f"for {w[at]!r}, where {allowed[at]:.3g} is allowed"
            ), 0.0
    return None, compared / max(total, 1)


def tolerance(want: Array, others: Sequence[Array]) -> tuple[Array, Array]:
    """(where something can be said, by how much an element may differ there)"""
    known = np.ones(want.shape, bool)
    allowed = np.zeros(want.shape)
    for o in others:
        if is_float(want.dtype.name):
            known &= kind_of(want) == kind_of(o)
            with np.errstate(all="ignore"):
                step = np.abs(o.astype(np.float64) - want.astype(np.float64))
            allowed = np.maximum(allowed, np.where(np.isfinite(step), step, 0))
        else:
            known &= want == o
    return known, np.minimum(allowed, np.finfo(np.float64).max / MARGIN) * MARGIN


def kind_of(x: Array) -> Array:
    """finite 0, NaN 1, infinities 2 and 3, zeros 4 and 5"""
    return np.select(
        [np.isnan(x), np.isposinf(x), np.isneginf(x), (x == 0) & ~np.signbit(x), x == 0], [1, 2, 3, 4, 5], 0
    )


def agrees(want: Array, got: Array, allowed: Array) -> Array:
    """Element by element: the same number (0.0 is not -0.0, a NaN is a NaN), or within what is allowed."""
    if not is_float(want.dtype.name):
        return np.asarray(want == got)
    with np.errstate(all="ignore"):
        near = np.abs(want.astype(np.float64) - got.astype(np.float64)) <= allowed
    same = (kind_of(want) == kind_of(got)) & ((want == got) | np.isnan(want))
    return np.asarray(same | (near & (allowed > 0)))
