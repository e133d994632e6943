"""Which axis of a contraction plays which part: rows, columns, batches, sums; what composes is merged."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from wengert.loop.affine import composes, constant, estimate, is_zero, substitute
from wengert.loop.expr import Expr, Scalars, affine
from wengert.loop.nest import Axis, Contraction, Inside, Store
from wengert.loop.polynomial import Polynomials

Operand = tuple[int, Expr]  # slot and offset


@dataclass(frozen=True, slots=True)
class Roles:
    """A contraction whose B is the operand that moves along `n`, the axis of the vectors.

    m: the other axes of the output along which A alone moves; batch: those that move both or none.
    n_rest: further axes along which B alone moves. The stores are in terms of these axes.
    """

    m: tuple[Axis, ...]
    n: Axis
    n_rest: tuple[Axis, ...]
    batch: tuple[Axis, ...]
    reduce: tuple[Axis, ...]
    a: Operand
    b: Operand
    stores: tuple[Store, ...]
    inside: tuple[Inside, ...] = ()

    @property
    def outer(self) -> tuple[Axis, ...]:
        return (*self.batch, *self.n_rest, *self.m, self.n)


def find_roles(c: Contraction, s: Scalars, inside: Sequence[Inside] = ()) -> Roles | None:
    """The roles, or None where no axis can be the vectors'.

    inside: what use is made of; the axes that it speaks of stay as they are.
    """
    axes, stores = _drop_units(c, s)
    outer = [x for x in axes if not x.reduced]
    columns = [
        x for x in outer if all(affine(t.index, x.var) == 1 for t in stores) and is_zero(x.a) != is_zero(x.b)
    ]
    if not columns:
        return None
    n = max(columns, key=lambda x: (constant(x.b if is_zero(x.a) else x.a) == 1, estimate(x.extent)))
    a, b = (c.a_slot, c.a_offset), (c.b_slot, c.b_offset)
    if is_zero(n.b):
        a, b = b, a
        axes = [replace(x, a=x.b, b=x.a) for x in axes]
    backward = {x.var for x in axes if x.reduced and estimate(x.a) < 0}
    there = {x.var for x in axes}
    inside = [i.backwards() if i.reduced in backward else i for i in inside if {i.outer, i.reduced} <= there]
    axes, a, b = _forwards(axes, a, b, s)
    groups: dict[str, list[Axis]] = {"m": [], "n": [], "batch": [], "reduce": []}
    for x in axes:
        groups[_role(x)].append(x)
    merge = _Merge(s, stores, {v for i in inside for v in (i.outer, i.reduced)})
    m, ns, batch = (merge.axes(groups[g]) for g in ("m", "n", "batch"))
    reduce = merge.axes(groups["reduce"])
    column = next(x for x in ns if x.var == n.var)
    rest = tuple(x for x in ns if x is not column)
    reach = sorted(reduce, key=lambda x: -_reach(x))
    return Roles(tuple(m), column, rest, tuple(batch), tuple(reach), a, b, merge.stores, tuple(inside))


def _forwards(
    axes: Sequence[Axis], a: Operand, b: Operand, s: Scalars
) -> tuple[list[Axis], Operand, Operand]:
    """Sums that walk A backwards, as gradients of convolutions do, turned round: caches fetch ahead."""
    result = []
    for x in axes:
        if x.reduced and estimate(x.a) < 0:
            last = s.sub(x.extent, s.const(1))
            a = a[0], s.add(a[1], s.mul(last, x.a))
            b = b[0], s.add(b[1], s.mul(last, x.b))
            x = replace(x, a=s.sub(s.const(0), x.a), b=s.sub(s.const(0), x.b))
        result.append(x)
    return result, a, b


def _role(x: Axis) -> str:
    if x.reduced:
        return "reduce"
    if is_zero(x.a) == is_zero(x.b):
        return "batch"
    return "m" if is_zero(x.b) else "n"


def _reach(x: Axis) -> int:
    """How far one step of a reduced axis goes: the shortest steps belong inside."""
    return abs(estimate(x.a)) + abs(estimate(x.b))


def _drop_units(c: Contraction, s: Scalars) -> tuple[list[Axis], tuple[Store, ...]]:
    """Axes of extent 1 are index 0."""
    units = [x for x in c.axes if constant(x.extent) == 1]
    return [x for x in c.axes if x not in units], _at_zero(units, c.stores, s)


def _at_zero(axes: Sequence[Axis], stores: Sequence[Store], s: Scalars) -> tuple[Store, ...]:
    """The stores with index 0 along the axes."""
    zero = {x.var: s.const(0) for x in axes}
    return tuple(
        replace(t, index=substitute(t.index, zero, s), value=substitute(t.value, zero, s)) for t in stores
    )


class _Merge:
    """Makes one axis of two that compose in both operands and in everything that is stored."""

    def __init__(self, s: Scalars, stores: tuple[Store, ...], apart: Set[str]) -> None:
        self.s, self.stores, self.apart = s, stores, apart
        self.polynomials = Polynomials(s, lambda e: len(e.free))

    def axes(self, group: Sequence[Axis]) -> list[Axis]:
        axes = list(group)
        while pair := next(((x, y) for x in axes for y in axes if self._composes(x, y)), None):
            x, y = pair
            extent = self.s.mul(x.extent, y.extent)
            axes = [replace(y, extent=extent) if z is y else z for z in axes if z is not x]
            self.stores = _at_zero([x], self.stores, self.s)
        return axes

    def _composes(self, x: Axis, y: Axis) -> bool:
        if x is y or {x.var, y.var} & self.apart:
            return False
        if not all(self._continues(p, q, y.extent) for p, q in ((x.a, y.a), (x.b, y.b))):
            return False
        exprs = [e for t in self.stores for e in (t.index, t.value)]
        return x.reduced or all(composes(e, x.var, y.var, y.extent, self.polynomials) for e in exprs)

    def _continues(self, outer: Expr, inner: Expr, extent: Expr) -> bool:
        """Whether a step of the outer axis goes as far as all steps of the inner one."""
        of = self.polynomials.of
        return of(outer) == self.polynomials.product(of(inner), of(extent))


def restride(axes: Sequence[Axis], step: Expr, s: Scalars) -> list[Axis]:
    """The axes with the strides in B of a gapless array whose last axis has this stride."""
    result: list[Axis] = []
    for x in reversed(axes):
        result.insert(0, replace(x, b=step))
        step = s.mul(step, x.extent)
    return result


def joined(axes: Sequence[Axis], apart: Set[str], s: Scalars) -> list[Axis]:
    """Sums over a gapless B that also compose in A as one: the micro-kernel turns fewer loops.

    apart: those that stay as they are.
    """
    result: list[Axis] = []
    for x in reversed(axes):
        inner = result[0] if result and not {x.var, result[0].var} & apart else None
        step, extent = (constant(inner.a), constant(inner.extent)) if inner else (None, None)
        if inner and step is not None and extent is not None and constant(x.a) == step * extent:
            result[0] = replace(inner, extent=s.mul(x.extent, inner.extent))
        else:
            result.insert(0, x)
    return result


def footprint(axes: Sequence[Axis], operand: str) -> int:
    """About how many different elements of an operand the axes reach."""
    moving = [(abs(estimate(getattr(x, operand))), estimate(x.extent)) for x in axes]
    spread = 1 + sum(stride * (extent - 1) for stride, extent in moving if extent)
    return min(spread, math.prod(extent for stride, extent in moving if stride))
