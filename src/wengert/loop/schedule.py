"""How a nest is run: which loops are cut among threads, which one is done many indices at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from wengert.base.dtypes import is_float, size_of
from wengert.loop.expr import INTRINSICS, Expr, affine, const_value, post_order, show
from wengert.loop.nest import Nest
from wengert.loop.normalize import normalize, unroll
from wengert.loop.residues import split_residues

REDUCED = 16.0  # turns of a reduction, at most, in the estimate of costs
HOISTED = 1 / 16  # cost of what is computed outside of the vector loop
INTRINSIC = 15  # instructions of exp and its kin
SCATTERED = 1.5  # cost of an element that is not a neighbour of the one before
ENOUGH = 64  # turns that are enough to share among threads
SOME = 8  # turns that a loop of unknown extent counts for there
WINDOW = 16  # terms of a reduction that are written out
SHORT = 4  # the same for a reduction of scalars
CHUNK = 1024  # turns of a long vector loop that one thread does at a time


@dataclass(frozen=True, slots=True)
class VectorLoop:
    """One loop, `lanes * unroll` of its indices in a turn. sizes: bytes of the elements moved."""

    var: str
    lanes: int
    unroll: int
    sizes: frozenset[int]

    def masked(self, possible: Callable[[int], bool]) -> bool:
        """Whether the rest of the loop is done in masked turns, where a target can mask elements of these sizes."""
        return all(map(possible, self.sizes))


@dataclass(frozen=True, slots=True)
class Schedule:
    """A nest and how it is run.

    parallel: how many outer loops are run together, cut in one contiguous part for each thread.
    vector: the innermost loop. block: if not 0, the vector loop is itself cut in blocks of that many turns, which
    join the parallel loops.
    """

    nest: Nest
    parallel: int
    vector: VectorLoop | None = None
    block: int = 0

    def __str__(self) -> str:
        kinds = ["parallel" if n < self.parallel else "for" for n in range(len(self.nest.loops))]
        lines = [f"{kind} {x.var} < {show(x.extent)}" for kind, x in zip(kinds, self.nest.loops, strict=True)]
        if self.vector:
            v, extent = self.vector, show(self.nest.loops[-1].extent)
            lines[-1] = f"vector {v.var} < {extent} by {v.lanes} x {v.unroll}"
            if self.block:
                lines.insert(-1, f"parallel {v.var} < {extent} by {self.block}")
        return "\n".join("  " * n + line for n, line in enumerate(lines))


def schedule(nest: Nest, vector_bytes: int) -> Schedule:
    """The schedule that the costs of memory accesses suggest."""
    nest = normalize(nest)
    var = best_vector(nest, vector_bytes)
    if any(_is_window(e, var) for e in post_order(nest.values)):
        nest = unroll(nest, lambda e: _is_window(e, var))
    nest = split_residues(nest)
    if var is None:
        return Schedule(nest, _shared(nest, len(nest.loops)))
    last = next(x for x in nest.loops if x.var == var)
    nest = replace(nest, loops=(*(x for x in nest.loops if x is not last), last))
    v = _vector_loop(var, last.extent, nest.values, vector_bytes)
    assert v is not None
    parallel = _shared(nest, len(nest.loops) - 1)
    return Schedule(nest, parallel, v, _block(nest, parallel, v))


def _is_window(e: Expr, var: str | None) -> bool:
    """Whether a reduction is so short that its terms are written out: a few, or some of whole vectors."""
    if e.op != "reduce" or any(x.op != "const" for x in e.args[1:]):
        return False
    return 1 <= math.prod(x.number for x in e.args[1:]) <= (WINDOW if var in e.free else SHORT)


def _shared(nest: Nest, limit: int) -> int:
    """How many outer loops to run as one: enough to share among threads, and no more, as what depends on the outer
    ones alone is computed once in each of their turns.
    """
    depth = {x.var: n + 1 for n, x in enumerate(nest.loops)}
    for e in post_order(nest.values):
        if e.op == "reduce" and e.free:  # must not be computed again in each turn of loops further inside
            limit = min(limit, max((depth.get(v, 0) for v in e.free), default=0) or limit)
    turns = 1.0
    for n, x in enumerate(nest.loops[:limit]):
        if turns >= ENOUGH:
            return n
        turns *= _turns([x.extent], SOME)
    return limit


def _block(nest: Nest, parallel: int, v: VectorLoop) -> int:
    """Turns of the vector loop that one thread does at a time; 0 where the loops outside of it are enough to share."""
    reductions = [e for e in post_order(nest.values) if e.op == "reduce" and e.free]
    if any(v.var not in e.free for e in reductions):
        return 0  # each block would compute it again
    heavy = bool(nest.serial or reductions)
    block = max(v.lanes * v.unroll, 0 if heavy else CHUNK)
    enough = parallel < len(nest.loops) - 1 or _turns(x.extent for x in nest.loops[:parallel]) >= ENOUGH
    return 0 if enough or _turns([nest.loops[-1].extent], block + 1) <= block else block


def vector_reduction(group: Sequence[Expr], vector_bytes: int) -> VectorLoop | None:
    """The loop of a reduction (of several over the same loops) to vectorise where nothing around it is."""
    loops = dict(zip(group[0].data[1], group[0].args[1:], strict=True))  # type: ignore[index]
    roots = [e.args[0] for e in group]
    candidates = [
        _vector_loop(v, loops[v], roots, vector_bytes, reduced=True)
        for v in loops
        if not any(v in x.free for x in loops.values())
    ]
    best = min((v for v in candidates if v), key=lambda v: _cost(roots, v), default=None)
    if best is None or _cost(roots, best) >= _cost(roots, None) or _is_short(loops[best.var]):
        return None
    return best


def _is_short(extent: Expr) -> bool:
    """A vector would be mostly empty."""
    return extent.op == "const" and int(extent.data) <= 4  # type: ignore[call-overload]


def best_vector(nest: Nest, vector_bytes: int) -> str | None:
    """The loop that most accesses run along, None if reductions have better ones of their own."""
    extents = [e for r in post_order(nest.values) if r.op == "reduce" for e in r.args[1:]]
    extents += [x.extent for x in nest.loops + nest.serial]

    def cost(v: VectorLoop | None) -> float:
        stores = sum(_access(s.index, v) * (2 if s.accumulate else 1) for s in nest.stores)
        return _cost(nest.values, v) + stores

    best: VectorLoop | None = None
    for loop in nest.loops:
        v = _vector_loop(loop.var, loop.extent, nest.values, vector_bytes)
        if v is None or any(loop.var in e.free for e in extents) or _is_short(loop.extent):
            continue
        if all(loop.var in s.index.free for s in nest.stores) and cost(v) <= cost(best):
            best = v
    return best.var if best else None


def _vector_loop(
    var: str, extent: Expr, roots: Sequence[Expr], vector_bytes: int, reduced: bool = False
) -> VectorLoop | None:
    data = [e for e in _data(roots) if var in e.free or e in roots]
    moved = [e for e in data if e.op == "load" or e in roots]
    size = max((size_of(e.dtype) for e in data if is_float(e.dtype) or e in moved), default=4)
    lanes = max(1, vector_bytes // size)
    unroll = _unrolling(data, reduced, size, vector_bytes)
    if extent.op == "const":
        while unroll > 1 and lanes * unroll > extent.number:
            unroll //= 2
    return VectorLoop(var, lanes, unroll, frozenset(size_of(e.dtype) for e in moved)) if lanes > 1 else None


def _unrolling(data: Sequence[Expr], reduced: bool, size: int, vector_bytes: int) -> int:
    """Vectors in one turn: 4 where sums wait for one another, else few, as CPUs overlap turns themselves."""
    work = sum(INTRINSIC if e.op in INTRINSICS else 1 for e in data if e.args)
    sums = reduced or any(e.op == "reduce" for e in data)
    wanted = 4 if sums or work <= 8 else 2 if work <= 40 else 1
    registers = 32 if vector_bytes >= 64 else 16
    live = 4 + sum(e.op == "load" for e in data)
    widest = max((size_of(e.dtype) for e in data), default=size)
    while wanted > 1 and (wanted * live > registers or wanted * widest > 4 * size):
        wanted //= 2
    return wanted


def _data(roots: Sequence[Expr], inside: bool = True) -> list[Expr]:
    """Expressions under `roots` that are values, not indices or extents; `inside`: those of reductions too."""
    seen: dict[Expr, None] = {}
    stack = list(roots)
    while stack:
        e = stack.pop()
        if e not in seen:
            seen[e] = None
            if e.op == "reduce":
                stack.extend(e.args[:1] if inside else ())
            elif e.op not in ("load", "check"):
                stack.extend(e.args)
    return list(seen)


def _cost(roots: Sequence[Expr], v: VectorLoop | None) -> float:
    """Instructions for one index of the innermost loop, roughly, where `v` is the vector loop (None: scalars)."""
    total = 0.0
    for e in _data(roots, inside=False):
        varying = v is not None and v.var in e.free
        once = 1.0 if v is None or varying else HOISTED
        if e.op == "reduce":
            inner = v if varying else vector_reduction([e], 4 * v.lanes if v else 64)
            total += once * min(REDUCED, _turns(e.args[1:], REDUCED)) * _cost([e.args[0]], inner)
        elif e.op == "load":
            total += once * _access(e.args[0], v)
        elif e.args:
            total += once * (INTRINSIC if e.op in INTRINSICS else 1) / (v.lanes if v and varying else 1)
    return total


def _access(index: Expr, v: VectorLoop | None) -> float:
    if v is None or v.var not in index.free:
        return 1.0
    return 1.0 / v.lanes if affine(index, v.var) in (1, -1) else SCATTERED


def _turns(extents: Iterable[Expr], unknown: float = 1.0) -> float:
    """The product of extents, where those that are not known count as `unknown`."""
    return math.prod(const_value(x) if x.op == "const" else unknown for x in extents)
