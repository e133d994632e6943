"""wg.check: every way of differentiating one function, each against the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.tree import flatten, unflatten
from wengert.ir.graph import Graph
from wengert.ir.types import type_of
from wengert.ops.agreement import EXACT, NEAR, Arrays, Outcome, Row, compare
from wengert.ops.blame import Blame, blame
from wengert.ops.kinks import Kink
from wengert.runtime.function import is_dynamic
from wengert.runtime.tensor import as_array
from wengert.runtime.tracing import Placeholder, trace
from wengert.transforms.widen import widen

AROUND = 0.1  # how far the random points lie from the given one, relative to it


@dataclass(frozen=True)
class Report:
    """What `check` found. True where all methods agree; prints as a table."""

    name: str
    rows: tuple[Row, ...]
    kinks: tuple[Kink, ...]
    skipped: tuple[tuple[str, int], ...]
    blame: Blame | None

    @property
    def ok(self) -> bool:
        """Whether every method agrees everywhere, and numeric could tell somewhere at each order."""
        told = {r.order for r in self.rows if r.method == "numeric"}
        return bool(told) and not any(r.wrong for r in self.rows) and told >= {r.order for r in self.rows}

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        wrong = "METHODS DISAGREE" if any(r.wrong for r in self.rows) else "nothing was compared with numeric"
        head = f"{self.name}: {'all methods agree' if self.ok else wrong}"
        lines = [head, f"  {'order':5}  {'method':18}  {'right':>7}  {'worst':>8}"]
        for r in self.rows:
            right = f"{r.compared - r.wrong}/{r.compared}"
            mark = "  <- wrong" if r.wrong else ""
            lines.append(f"  {r.order:5}  {r.method:18}  {right:>7}  {r.worst:8.1e}{mark}")
        lines.append(
            f"  worst: relative error against reverse mode; allowed: {EXACT:.0e}, of numeric {NEAR:.0e}"
        )
        lines += [f"  kink: {k}" for k in self.kinks]
        lines += [f"  left out: {why} ({count}x)" for why, count in self.skipped]
        if self.blame is not None:
            lines.append(f"  at fault: {self.blame}")
        elif any(r.wrong for r in self.rows):
            lines.append("  at fault: no step by itself; a transform or a rewrite puts them together wrongly")
        return "\n".join(lines)

    __repr__ = __str__


def check(
    f: Callable[..., Any], *args: Any, points: int = 20, order: int = 2, compiled: bool = True, seed: int = 0
) -> Report:
    """Numeric, forward, reverse and symbolic derivatives of f, compared in float64 along random directions.

    Forward and reverse run in the interpreter and as native code. The first point is the one given, the
    others lie around it; a point where f is not finite is left out, and said so.

    Args:
        f: a function of arrays or trees of them; variables that it reads are moved like arguments.
        args: arrays of the shapes to try, at a point of f's domain.
        points: at how many points. order: 1, or 2 for the derivative of the gradient as well.

    Returns:
        A report: true if all agree, printed as a table. Otherwise it names the primitive whose rule is wrong,
        and the line that uses it.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> print(wg.check(lambda x: wg.sum(wg.sin(x) / x), np.array([1.0, 2.0])))  # doctest: +ELLIPSIS
        <lambda>: all methods agree
          order  method                right     worst
        ...
    """
    graph, xs = _recorded(f, args)
    rng = np.random.default_rng(seed)
    around = [xs] + [[_near(x, rng) for x in xs] for _ in range(points - 1)]
    found = compare(graph, around, order=order, compiled=compiled, seed=seed)
    return report(getattr(f, "__name__", type(f).__name__), found, compiled)


def report(name: str, found: Outcome, compiled: bool) -> Report:
    """The report on a comparison; where methods disagree, with the step at fault."""
    fault = None
    for graph, xs in found.wrong[:3]:
        fault = fault or blame(graph, xs, compiled)
    rows = tuple(found.rows[k] for k in sorted(found.rows, key=lambda k: k[0]))
    return Report(name, rows, tuple(found.kinks), tuple(found.skipped.items()), fault)


def _recorded(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Graph, list[np.ndarray]]:
    """The graph of f in float64, and values for its inputs: arguments, then variables."""
    called = getattr(f, "f", f) if hasattr(f, "compiles") else f  # a wg.function's own
    leaves, structure = flatten(args)
    dynamic = [k for k, x in enumerate(leaves) if is_dynamic(x)]
    values = [as_array(leaves[k]) for k in dynamic]
    filled = list(leaves)
    for index, k in enumerate(dynamic):
        filled[k] = Placeholder(index)
    traced = trace(called, unflatten(structure, filled), {}, [type_of(v) for v in values])
    values += [as_array(v) for v in traced.read]
    return widen(traced.graph), [v.astype("float64") if is_float(v.dtype.name) else v for v in values]


def _near(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if not is_float(x.dtype.name):
        return x
    return np.asarray(x * (1 + AROUND * rng.uniform(-1, 1, x.shape)) + 0.01 * rng.uniform(-1, 1, x.shape))


def check_graph(graph: Graph, points: list[Arrays], **options: Any) -> Report:
    """The report on a graph whose float inputs are float64. Options as for `compare`."""
    found = compare(graph, points, **options)
    return report("graph", found, bool(options.get("compiled")))
