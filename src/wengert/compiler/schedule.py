"""Schedule: from what a kernel computes to kernels that run: tiles, packing, split sums, scratch memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from wengert.compiler import product
from wengert.compiler.contraction import schedule_contraction
from wengert.compiler.emit.target import Target
from wengert.compiler.product import Pack, Product
from wengert.compiler.split import split_sums
from wengert.compiler.tuned import Decided, choices_for
from wengert.ir.dim import Dim
from wengert.loop.affine import constant
from wengert.loop.expr import Expr, Scalars
from wengert.loop.nest import Axis, Contraction, Kernel, Nest

Length = int | Dim
ScheduledKernel = Nest | Product | Pack


@dataclass(frozen=True)
class Scratch:
    """Memory between the kernels of one schedule."""

    dtype: str
    elements: Length


@dataclass(frozen=True)
class Scheduled:
    """Kernels in order, each to be finished before the next. Their slots: those of the whole, then the scratch.

    decided: what was chosen, if they are a contraction's.
    """

    kernels: tuple[ScheduledKernel, ...]
    scratch: tuple[Scratch, ...] = ()
    decided: Decided | None = None


@dataclass(frozen=True)
class Launched:
    """A kernel, the numbers of the buffers that its slots stand for, and the lengths that its params do."""

    kernel: ScheduledKernel
    buffers: tuple[int, ...]
    lengths: tuple[Length, ...]


def schedule(
    kernel: Kernel,
    target: Target,
    lengths: Sequence[Length],
    steady: Collection[int] = (),
    fixed: Collection[int] = (),
) -> Scheduled:
    """Choose how a kernel runs.

    lengths: what its params stand for. steady: slots that a loop around it does not change. fixed: that no call does.
    """
    decided: Decided | None = None
    if isinstance(kernel, Contraction):
        decided = Decided(kernel, target, frozenset(steady), frozenset(fixed))
        chosen = schedule_contraction(kernel, target, steady, choices_for(decided), fixed)
        decided = replace(decided, choices=chosen.choices)
    else:
        chosen = split_sums(kernel) or product.Scheduled((kernel,), ())
    scratch = tuple(Scratch(s.dtype, length_of(s.size, lengths)) for s in chosen.scratch)
    return Scheduled(chosen.kernels, scratch, decided)


def shared_pack(p: Pack, buffers: Sequence[int], lengths: Sequence[Length]) -> Launched:
    """The same with all lengths and strides told at run time: one machine code packs whatever shape.

    Only strides of 1 stay known; they decide how elements are moved.
    """
    s, told = Scalars(), list[Length]()

    def tell(e: Expr) -> Expr:
        told.append(length_of(e, lengths))
        return s.param(len(told) - 1)

    def axis(x: Axis, name: str) -> Axis:
        step = s.const(1) if constant(x.b) == 1 else tell(x.b)
        return Axis(name, tell(x.extent), s.const(0), step, x.reduced)

    kernel = Pack(
        axis(p.n, "n"),
        tuple(axis(x, f"k{at}") for at, x in enumerate(p.reduce)),
        tuple(axis(x, f"m{at}") for at, x in enumerate(p.batch)),
        p.width,
        (0, tell(p.source[1])),
        1,
        (p.slots[p.source[0]], p.slots[p.to]),
        len(told),
        p.dtype,
    )
    return Launched(kernel, (buffers[p.source[0]], buffers[p.to]), tuple(told))


def length_of(e: Expr, lengths: Sequence[Length]) -> Length:
    """An integer expression in the params as a length."""
    if e.op == "const":
        return int(str(e.data))
    if e.op == "param":
        return lengths[int(str(e.data))]
    x, y = (length_of(a, lengths) for a in e.args)
    if e.op == "add":
        return x + y
    if e.op == "sub":
        return x - y
    if e.op == "mul":
        return x * y
    if e.op == "idiv" and isinstance(y, int):
        return x // y
    raise AssertionError(f"length_of: sizes are made of + - * and // by a number; got {e.op}.")
