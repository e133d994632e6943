"""Agreement: forward, reverse, symbolic and numeric derivatives of one graph, along random directions.

Everything is made into a number first. With random weights u for the results, phi(x) = <u, f(x)>; along a
random direction v, <grad phi, v> is one number for each method. Its own graph, psi(x), is compared the same
way: that is the second order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.ir.graph import Graph, evaluate, evaluate_all
from wengert.ir.node import Node, constant, graph_input
from wengert.ops.kinks import Kink, are_apart, kinks
from wengert.ops.numeric import along
from wengert.prims.families import total
from wengert.prims.movement import reduce_sum
from wengert.transforms.jvp import jvp
from wengert.transforms.tidy import tidy
from wengert.transforms.vjp import vjp

EXACT = 1e-9  # of forward, reverse and symbolic against one another, relative
NEAR = 1e-6  # of numeric against them
LOOPS = ("cond", "while_loop", "scan")
MAX_STEPS = 3_000  # of a graph that is still tidied
FIRST_STEP, SMALLEST_STEP = 2.0**-2, 2.0**-24  # of numeric differentiation, where edges are near

Arrays = Sequence[np.ndarray]


@dataclass
class Row:
    """One method at one order: where it was tried, and the worst relative error against reverse mode."""

    order: int
    method: str
    compared: int = 0
    wrong: int = 0
    worst: float = 0.0

    def add(self, off: float, limit: float) -> bool:
        """Count a comparison; whether it is right."""
        right = bool(off <= limit)  # NaN is wrong
        self.compared += 1
        self.wrong += not right
        self.worst = float(np.fmax(self.worst, off)) if off == off else float("inf")
        return right


@dataclass
class Outcome:
    """What comparing found: rows, kinks met, points outside of the domain, and where it first went wrong."""

    exact: float = EXACT
    near: float = NEAR
    rows: dict[tuple[int, str], Row] = field(default_factory=dict)
    kinks: dict[Kink, None] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    wrong: list[tuple[Graph, list[np.ndarray]]] = field(default_factory=list)

    def row(self, order: int, method: str) -> Row:
        return self.rows.setdefault((order, method), Row(order, method))

    def skip(self, why: str) -> None:
        self.skipped[why] = self.skipped.get(why, 0) + 1


class Derivatives:
    """<grad phi, v> of a scalar graph by every method.

    Args:
        graph: one scalar output. moving: numbers of the inputs to differentiate by.
    """

    def __init__(self, graph: Graph, moving: Sequence[int], compiled: bool) -> None:
        self.graph, self.moving = graph, list(moving)
        floats = [graph.inputs[k] for k in self.moving]
        self.vs = [graph_input(i.type, f"v{k}") for k, i in enumerate(floats)]
        (out,) = graph.outputs
        (pushed,) = jvp([out], floats, self.vs)
        self.grads = vjp([out], floats, [constant(np.ones((), out.type.dtype))])
        inputs = (*graph.inputs, *self.vs)
        self.forward = Graph(inputs, (_number(pushed),))
        psi = total(inner(v, g) for v, g in zip(self.vs, self.grads, strict=True) if g is not None)
        self.reverse = Graph(inputs, (_number(psi),))
        sizes = Graph(inputs, tuple(g for g in self.grads if g is not None))
        self.magnitude = functools.partial(_magnitude, sizes, [g is not None for g in self.grads])
        self.methods: dict[str, Callable[[Arrays], float]] = {
            "reverse": functools.partial(_run, self.reverse),
            "forward": functools.partial(_run, self.forward),
        }
        self.why_not_symbolic = _no_formula(self.reverse)
        if self.why_not_symbolic is None:
            self.methods["symbolic"] = functools.partial(_run, tidy(self.reverse))
        if compiled:
            for name, g in (("forward, compiled", self.forward), ("reverse, compiled", self.reverse)):
                self.methods[name] = functools.partial(_float, native(g))


def line(graph: Graph, moving: Sequence[int], xs: Arrays, vs: Arrays) -> Callable[[Any], np.ndarray]:
    """t -> phi(x + t v), for the graph's first result phi and its inputs of these numbers."""

    return lambda t: np.asarray(evaluate(graph, moved(moving, xs, vs, t))[0])


def moved(moving: Sequence[int], xs: Arrays, vs: Arrays, t: float) -> list[np.ndarray]:
    """x + t v"""
    steps = dict(zip(moving, vs, strict=True))
    return [np.asarray(x + t * steps[k]) if k in steps else x for k, x in enumerate(xs)]


def inner(a: Any, b: Any) -> Any:
    """The sum of the products of their elements."""
    product = a * b
    rank = len(product.type.shape)
    return reduce_sum(product, axes=tuple(range(rank))) if rank else product


def scalarized(graph: Graph) -> Graph:
    """(*inputs, *u) -> <u, float outputs>"""
    floats = [o for o in graph.outputs if is_float(o.type.dtype)]
    us = [graph_input(o.type, f"u{k}") for k, o in enumerate(floats)]
    out = total(inner(u, o) for u, o in zip(us, floats, strict=True))
    return Graph((*graph.inputs, *us), (_number(out),))


def _number(x: Any) -> Node:
    return constant(np.zeros((), "float64")) if x is None else x


def _run(graph: Graph, xs: Arrays) -> float:
    return float(evaluate(graph, xs)[0])


def native(graph: Graph) -> Callable[[Arrays], np.ndarray]:
    """The graph's first result, by native code."""
    # Imported here because the compiler takes longer to import than all the rest.
    from wengert.runtime.executable import Executable

    executable = Executable(graph, len(graph.inputs), [], {})
    return lambda xs: executable.run([np.asarray(x, order="C") for x in xs])[0].numpy()


def _float(f: Callable[[Arrays], np.ndarray], xs: Arrays) -> float:
    return float(f(xs).item())


def _magnitude(graph: Graph, there: list[bool], xs: Arrays, vs: Arrays) -> float:
    """The sum of |gradient element * direction element|: rounding is measured against it."""
    with np.errstate(all="ignore"):
        grads = evaluate(graph, [*xs, *vs])
        kept = [v for v, t in zip(vs, there, strict=True) if t]
        sizes = sum(float(np.sum(np.abs(g * v))) for g, v in zip(grads, kept, strict=True))
    return sizes if np.isfinite(sizes) else 0.0


def _no_formula(graph: Graph) -> str | None:
    """Why the graph is no formula; None if it is one."""
    found = sorted({n.primitive.name for n in graph.steps if n.primitive is not None} & set(LOOPS))
    if found:
        return f"symbolic: not defined, the function has {', '.join(found)}"
    return None if len(graph.steps) <= MAX_STEPS else f"symbolic: left out, over {MAX_STEPS} steps"


def compare(
    graph: Graph,
    points: Sequence[Arrays],
    *,
    order: int = 2,
    compiled: bool = False,
    seed: int = 0,
    exact: float = EXACT,
    near: float = NEAR,
) -> Outcome:
    """Compare all methods at these points: in order 1, 2, ... up to `order`.

    Args:
        graph: float inputs are float64. points: values for its inputs, each.
        exact: how far forward, reverse and symbolic may be apart, relative. near: how far numeric may be.
    """
    found = Outcome(exact, near)
    rng = np.random.default_rng(seed)
    phi = scalarized(graph)
    moving = [k for k, i in enumerate(graph.inputs) if is_float(i.type.dtype)]
    if not moving or len(phi.inputs) == len(graph.inputs):
        found.skip("nothing to differentiate: no float inputs or no float results")
        return found
    extended = [[*xs, *random_like(rng, phi.inputs[len(graph.inputs) :])] for xs in points]
    for level in range(1, order + 1):
        derivatives = Derivatives(phi, moving, compiled)
        if derivatives.why_not_symbolic is not None:
            found.skip(derivatives.why_not_symbolic)
        directed = [(xs, random_like(rng, derivatives.vs)) for xs in extended]
        extended = [[*xs, *vs] for xs, vs in directed if compare_at(derivatives, level, xs, vs, found)]
        if found.wrong or all(g is None for g in derivatives.grads):
            break
        phi = derivatives.reverse
    return found


def random_like(rng: np.random.Generator, like: Sequence[Node]) -> list[np.ndarray]:
    """Random values of the nodes' shapes, in float64: weights or directions."""
    return [np.asarray(rng.standard_normal(i.type.shape)) for i in like]


def compare_at(d: Derivatives, order: int, xs: Arrays, vs: Arrays, found: Outcome) -> bool:
    """One point and direction: every method against reverse mode, numeric where it can tell.

    Returns:
        Whether the point lies in the function's domain.
    """
    phi = line(d.graph, d.moving, xs, vs)
    if not np.isfinite(phi(0.0)):
        found.skip("points outside of the domain")
        return False
    values = {m: f([*xs, *vs]) for m, f in d.methods.items()}
    edges = kinks(d.graph, [d.graph.inputs[k] for k in d.moving], evaluate_all(d.graph, xs))
    found.kinks.update(dict.fromkeys(edges))
    numeric = along(phi)
    want = values["reverse"]
    scale = max(d.magnitude(xs, vs), abs(float(numeric.value)) if not edges else 0.0, 1e-12)
    bad = []
    for method, value in values.items():
        if method == "reverse" or (edges and method == "symbolic"):
            continue
        if not found.row(order, method).add(abs(value - want) / scale, found.exact):
            bad.append(method)
    limit, step = found.near * scale, FIRST_STEP
    off = abs(float(numeric.value) - want)
    if not off <= limit and not edges and (step := smooth_reach(d, xs, vs)) < FIRST_STEP:
        numeric = along(phi, step=step)
        off = abs(float(numeric.value) - want)
    agrees = off <= limit
    if edges and not agrees:
        found.skip("numeric, at kinks")
    elif step < SMALLEST_STEP and not agrees:
        found.skip("numeric, too near to kinks")
    elif not agrees and not numeric.error <= 0.1 * off:
        found.skip("numeric, too inexact to tell")
    elif not found.row(order, "numeric").add(off / scale, found.near):
        bad.append("numeric")
    found.wrong += [(d.graph, list(xs)) for _ in bad]
    return True


def smooth_reach(d: Derivatives, xs: Arrays, vs: Arrays) -> float:
    """The largest step from FIRST_STEP down, by halves, on whose way no edge is passed; 0 if it is too small."""
    floats = [d.graph.inputs[k] for k in d.moving]
    here = evaluate_all(d.graph, xs)
    step, smooth = FIRST_STEP, 0.0
    while step >= SMALLEST_STEP:
        ends = (evaluate_all(d.graph, moved(d.moving, xs, vs, t)) for t in (step, -step))
        passed = any(are_apart(d.graph, floats, here, there) for there in ends)
        smooth = 0.0 if passed else smooth or step
        step /= 2
    return smooth
