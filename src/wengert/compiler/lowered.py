"""What lowering makes of a cluster: a kernel, and what its arguments are; and the scalars that it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wengert.base.dtypes import computed
from wengert.compiler.layout import Layout, row_major
from wengert.ir.dim import Dim
from wengert.ir.node import Node
from wengert.ir.types import TensorType
from wengert.loop.expr import Expr, Scalars
from wengert.loop.nest import Kernel, Loop, Nest, Slot, Store

Index = tuple[Expr, ...]


class KernelScalars(Scalars):
    """Scalars of one kernel: symbolic lengths become its parameters, checks get the code of their node."""

    def __init__(self, first_code: int) -> None:
        super().__init__()
        self.lengths: dict[int | Dim, int] = {}
        self.first_code = first_code
        self.checks: dict[int, Node] = {}
        self.node: Node | None = None  # whose rule is being asked

    @property
    def code(self) -> int:
        """A new error code, which says: an index of the present node was out of range."""
        assert self.node is not None
        code = self.first_code + len(self.checks)
        self.checks[code] = self.node
        return code

    @code.setter
    def code(self, value: int) -> None:
        """`Scalars` sets a default; here each check gets its own."""

    def length(self, n: int | Dim) -> Expr:
        """A dimension as a scalar: a constant, or a parameter; `64*batch` is seen to be 64 times `batch`."""
        if isinstance(n, int):
            return self.const(n)
        if len(n.terms) > 1:
            return self.parameter(n)
        atoms, factor = n.terms[0]
        return self.mul(self.parameter(Dim(((atoms, 1),))), self.const(factor))

    def parameter(self, n: int | Dim) -> Expr:
        """A length that the kernel is told at run time even if it is known now: kernels of one structure are shared."""
        return self.param(self.lengths.setdefault(n, len(self.lengths)))


@dataclass(frozen=True)
class Lowered:
    """A kernel and what its arguments are: buffers by number, lengths; `checks`: {error code: node}."""

    kernel: Kernel
    buffers: tuple[int, ...]
    lengths: tuple[int | Dim, ...]
    checks: dict[int, Node]

    @property
    def written(self) -> frozenset[int]:
        return frozenset(b for b, s in zip(self.buffers, self.kernel.slots, strict=True) if s.written)


@dataclass(frozen=True)
class Read:
    """A value as a lowering rule sees it: its type, the lengths of its axes as scalars, its elements.

    dtype: of the elements, in which they are computed.
    """

    type: TensorType
    shape: Index
    element: Callable[[Index], Expr]

    @property
    def dtype(self) -> str:
        return computed(self.type.dtype)

    def __getitem__(self, index: Index) -> Expr:
        return self.element(index)


def copy_kernel(t: TensorType, source: Layout, to: Layout) -> Lowered:
    """A kernel that copies a value."""
    s = KernelScalars(0)
    if source.strides == to.strides == row_major(t.shape):
        loops: tuple[Loop, ...] = (Loop("i0", s.parameter(t.size)),)
        strides: tuple[tuple[int | Dim, ...], ...] = ((1,), (1,))
    else:
        loops = tuple(Loop(f"i{a}", s.length(n)) for a, n in enumerate(t.shape))
        strides = (source.strides, to.strides)

    def address(layout: Layout, steps: tuple[int | Dim, ...]) -> Expr:
        total = s.length(layout.offset)
        for loop, step in zip(loops, steps, strict=True):
            total = s.add(total, s.mul(s.var(loop.var), s.length(step)))
        return total

    value = s.load(0, address(source, strides[0]), t.dtype)
    stores = (Store(1, address(to, strides[1]), value),)
    nest = Nest(loops, stores, (Slot(t.dtype), Slot(t.dtype, True)), len(s.lengths))
    return Lowered(nest, (source.buffer, to.buffer), tuple(s.lengths), {})
