"""Lower: a cluster of nodes becomes a kernel: loops around scalar expressions.

Values are pulled: to know element i of a root, ask its primitive's `lower` rule, which asks for elements of
its inputs, down to the leaves, which are loads. `loop.expr` makes equal expressions one object, so what two
roots share is computed once.

Inside of a kernel bfloat16 is float32: it is widened where it is loaded, and rounded where it is stored, where
the graph converts to it, and where a step makes another dtype of it (so that `x == max(x)` holds for the value
that memory has, whichever of the two was computed anew).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.dtypes import computed
from wengert.base.errors import GraphError
from wengert.compiler.border import inside_of
from wengert.compiler.cluster import Cluster, Fusion, loops_of, parts_of
from wengert.compiler.contraction import supports
from wengert.compiler.emit.target import Target
from wengert.compiler.layout import Layout, layout_of, merge_sums, row_major, step_of
from wengert.compiler.lowered import Index, KernelScalars, Lowered, Read, copy_kernel
from wengert.compiler.repeated import scalar_constant, scalar_source
from wengert.ir.dim import product
from wengert.ir.node import Node, among
from wengert.ir.primitive import Rule
from wengert.loop.expr import Expr
from wengert.loop.forms import Affine, ContractForm, LoopForm, TileForm
from wengert.loop.nest import Axis, Contraction, Kernel, Loop, Nest, Slot, Store


class Lowering:
    """Lowers one cluster.

    layouts: where kept values lie. first_code: error codes are counted from here.
    """

    def __init__(
        self, cluster: Cluster, fusion: Fusion, layouts: dict[Node, Layout], target: Target, first_code: int
    ) -> None:
        self.cluster, self.fusion, self.layouts = cluster, fusion, layouts
        self.s = KernelScalars(first_code)
        self.slots: dict[int, tuple[int, str]] = {}  # buffer -> (slot, dtype)
        self.written: set[int] = set()
        self.target = target
        self.first_code = first_code
        self.acc: Expr | None = None
        self._memo: dict[tuple[Node, Index], Expr] = {}

    def run(self) -> Lowered:
        """The kernel of the cluster."""
        kind = self.cluster.kind
        kernel: Kernel
        if kind == "contract":
            kernel = self.contraction()
            if not supports(kernel):
                return Lowering(
                    self.cluster, self.fusion, self.layouts, self.target, self.first_code
                ).run_nest()
        elif kind == "loops":
            kernel = self.loop_form()
        elif kind == "tiles":
            kernel = self.tile_form()
        else:
            kernel = self.flat_nest() if self.is_flat() else self.nest()
        return self.lowered(kernel)

    def run_nest(self) -> Lowered:
        """The same for a contraction that the micro-kernel does not serve: a sum of products in a nest."""
        return self.lowered(self.nest())

    def lowered(self, kernel: Kernel) -> Lowered:
        return Lowered(kernel, tuple(self.slots), tuple(self.s.lengths), self.s.checks)

    # --- the forms ----------------------------------------------------------------------
    def nest(self) -> Nest:
        """One loop per axis of the roots."""
        shape = loops_of(self.cluster.roots[0])
        loops = tuple(Loop(f"i{a}", self.s.length(n)) for a, n in enumerate(shape))
        stores = self.stores(tuple(self.s.var(loop.var) for loop in loops))
        return Nest(loops, stores, self.slot_list(), len(self.s.lengths))

    def flat_nest(self) -> Nest:
        """A single loop over all elements, its length a parameter: one kernel for all shapes."""
        loop = Loop("i0", self.s.parameter(product(self.cluster.roots[0].shape)))
        index = (self.s.var("i0"),)
        stores = tuple(
            Store(
                self.slot(self.layouts[r], r, written=True),
                index[0],
                self.s.cast(self.flat(r, index), r.dtype),
            )
            for r in self.cluster.roots
        )
        return Nest((loop,), stores, self.slot_list(), len(self.s.lengths))

    def contraction(self) -> Contraction:
        """The core's sum of products, with the other roots as its epilogue."""
        core = self.cluster.core
        assert core is not None
        assert core.primitive is not None
        assert core.primitive.contract is not None
        form: ContractForm = core.primitive.contract(*(i.type for i in core.inputs), **core.kwargs)
        a, b = (self.layout(i) for i in core.inputs)
        steps = {v: (step_of(form.a, v, a), step_of(form.b, v, b)) for v in form.extents}
        inside = inside_of(core, form)
        axes = tuple(
            Axis(v, self.extent(over, form), self.s.length(in_a), self.s.length(in_b), v in form.reduced)
            for v, over in merge_sums(form, steps, {i.reduced for i in inside}).items()
            for in_a, in_b in [steps[v]]
        )
        a_slot, b_slot = self.slot(a, core.inputs[0]), self.slot(b, core.inputs[1])
        outer = [v for v in form.extents if v not in form.reduced]
        self.acc = self.s.acc(outer, computed(core.dtype))
        index = tuple(self.affine(i) for i in form.out)
        stores = self.stores(index)
        return Contraction(
            axes,
            a_slot,
            self.start(form.a, a),
            b_slot,
            self.start(form.b, b),
            stores,
            self.slot_list(),
            len(self.s.lengths),
            inside,
        )

    def base_copy(self) -> Lowered | None:
        """For a loop form whose output starts as a copy of an input: the kernel that makes the copy."""
        core = self.cluster.core
        if core is None or self.cluster.kind != "loops" or (base := self.form().base) is None:
            return None
        return copy_kernel(core.type, self.layout(core.inputs[base]), self.layouts[core])

    def form(self) -> LoopForm:
        core = self.cluster.core
        assert core is not None
        assert core.primitive is not None
        form: LoopForm = self.asked(core, core.primitive.loops)
        return form

    def asked(self, core: Node, rule: Rule | None) -> Any:
        """The form that a rule of the core gives."""
        assert rule is not None
        reads = [self.read(i) for i in core.inputs]
        self.s.node = core
        return rule(self.s, tuple(map(self.s.length, core.shape)), *reads, **core.kwargs)

    def loop_form(self) -> Nest:
        """Scans and scatters. Where the output starts as a copy, `base_copy` runs before."""
        core = self.cluster.core
        assert core is not None
        form = self.form()
        layout = self.layouts[core]
        store = Store(
            self.slot(layout, core, written=True),
            self.address(layout, form.index),
            self.s.cast(form.value, core.dtype),
            form.accumulate,
        )
        return Nest(form.loops, (store,), self.slot_list(), len(self.s.lengths), form.serial, form.carries)

    def tile_form(self) -> Nest:
        """Several elements of the core in a turn, each followed by the other roots as its epilogue."""
        core = self.cluster.core
        assert core is not None
        assert core.primitive is not None
        form: TileForm = self.asked(core, core.primitive.tiles)
        stores: list[Store] = []
        for index, value in form.stores:
            self.acc = value
            stores += self.stores(index)
        return Nest(form.loops, tuple(stores), self.slot_list(), len(self.s.lengths))

    # --- pieces -------------------------------------------------------------------------------
    def stores(self, index: Index) -> tuple[Store, ...]:
        """Element `index` of each root, or of each part of a root."""
        found = []
        for root in self.cluster.roots:
            at = index
            for part in parts_of(root):
                found.append(self.store(root, at, self.read(part)[index]))
                if part is not root:
                    axis = root.kwargs["axis"]
                    behind = self.s.add(at[axis], self.s.length(part.shape[axis]))
                    at = (*at[:axis], behind, *at[axis + 1 :])
        return tuple(found)

    def store(self, root: Node, index: Index, value: Expr) -> Store:
        layout = self.layouts[root]
        value = self.s.cast(value, root.dtype)
        return Store(self.slot(layout, root, written=True), self.address(layout, index), value)

    def slot_list(self) -> tuple[Slot, ...]:
        return tuple(Slot(dtype, buffer in self.written) for buffer, (_, dtype) in self.slots.items())

    def slot(self, layout: Layout, node: Node, written: bool = False) -> int:
        """The kernel's argument for the buffer of `layout`."""
        if written:
            self.written.add(layout.buffer)
        return self.slots.setdefault(layout.buffer, (len(self.slots), node.dtype))[0]

    def address(self, layout: Layout, index: Index) -> Expr:
        """offset + sum of index * stride"""
        total = self.s.length(layout.offset)
        for i, stride in zip(index, layout.strides, strict=True):
            total = self.s.add(total, self.s.mul(i, self.s.length(stride)))
        return total

    def extent(self, axes: Sequence[str], form: ContractForm) -> Expr:
        """The length of axes that were made one."""
        total = self.s.const(1)
        for v in axes:
            total = self.s.mul(total, self.s.length(form.extents[v]))
        return total

    def start(self, dims: tuple[Affine, ...], layout: Layout) -> Expr:
        """Where the operand's element for all axes 0 lies."""
        total = layout.offset
        for index, stride in zip(dims, layout.strides, strict=True):
            total = stride * index.offset + total
        return self.s.length(total)

    def affine(self, index: Affine) -> Expr:
        total = self.s.const(index.offset)
        for v, c in index.terms:
            total = self.s.add(total, self.s.mul(self.s.var(v), self.s.const(c)))
        return total

    def layout(self, n: Node) -> Layout:
        return layout_of(n, self.layouts)

    # --- values -------------------------------------------------------------------------------
    def read(self, n: Node) -> Read:
        """How elements of n are had inside of this kernel."""
        shape = tuple(map(self.s.length, n.shape))
        if n is self.cluster.core and self.acc is not None:
            acc = self.acc
            return Read(n.type, shape, lambda i: acc)
        number = scalar_constant(n)
        if number is not None:
            return Read(n.type, shape, lambda i: self.s.const(number, computed(n.dtype)))
        mine = among(n, self.cluster.roots)
        if not mine and (n in self.layouts or n in self.fusion.views):
            layout = self.layout(n)
            return Read(n.type, shape, lambda i: self.load(layout, n, i))
        return Read(n.type, shape, lambda i: self.compute(n, i))

    def load(self, layout: Layout, n: Node, index: Index) -> Expr:
        return self.loaded(self.slot(layout, n), self.address(layout, index), n.dtype)

    def loaded(self, slot: int, index: Expr, dtype: str) -> Expr:
        return self.s.cast(self.s.load(slot, index, dtype), computed(dtype))

    def compute(self, n: Node, index: Index) -> Expr:
        """Element `index` of an inlined node, by its lowering rule."""
        key = (n, index)
        found = self._memo.get(key)
        if found is None:
            assert n.primitive is not None
            if n.primitive.lower is None:
                raise GraphError(
                    f"lower: {n.primitive.name} must have a lowering rule; it has none ({n.source})."
                )
            outer, self.s.node = self.s.node, n
            found = self._memo[key] = self.apply(n, index, [self.read(i) for i in n.inputs])
            self.s.node = outer
        return found

    def apply(self, n: Node, index: Index, reads: list[Read]) -> Expr:
        """Element `index` of a step by its rule, given its inputs."""
        assert n.primitive is not None
        assert n.primitive.lower is not None
        reads = [self.as_stored(x) if x.dtype != x.type.dtype != n.dtype else x for x in reads]
        value: Expr = n.primitive.lower(self.s, index, *reads, **n.kwargs)
        return self.s.cast(value, computed(n.dtype))

    def as_stored(self, x: Read) -> Read:
        """Elements as memory would have them."""
        return Read(x.type, x.shape, lambda i: self.s.cast(self.s.cast(x[i], x.type.dtype), x.dtype))

    # --- flat kernels -------------------------------------------------------------------------
    def is_flat(self) -> bool:
        """Whether every step is pointwise on gapless memory of one shape, or a scalar."""
        size = product(self.cluster.roots[0].shape)
        seen: set[Node] = set()
        stack: list[Node] = list(self.cluster.roots)
        while stack:
            n = stack.pop()
            if n in seen or scalar_source(n) is not None:
                continue
            seen.add(n)
            if n in self.layouts and not among(n, self.cluster.roots):
                if product(n.shape) != size or not self.is_packed(n):
                    return False
            elif n.primitive is not None and (n.primitive.pointwise or n.primitive.name == "reshape"):
                stack.extend(n.inputs)
            else:
                return False
        return all(self.is_packed(r) for r in self.cluster.roots)

    def is_packed(self, n: Node) -> bool:
        return self.layouts[n].strides == row_major(n.shape)

    def flat(self, n: Node, index: Index) -> Expr:
        """Element number `index` of n, counted in memory order."""
        key = (n, index)
        found = self._memo.get(key)
        if found is not None:
            return found
        if (source := scalar_source(n)) is not None:
            found = self.read(source)[tuple(self.s.const(0) for _ in source.shape)]
        elif n in self.layouts and not among(n, self.cluster.roots):
            layout = self.layouts[n]
            at = self.s.add(index[0], self.s.length(layout.offset))
            found = self.loaded(self.slot(layout, n), at, n.dtype)
        elif n.primitive is not None and n.primitive.name == "reshape":
            found = self.flat(n.inputs[0], index)
        else:
            reads = [Read(i.type, index, lambda j, i=i: self.flat(i, j)) for i in n.inputs]  # type: ignore[misc]
            found = self.apply(n, index, reads)
        self._memo[key] = found
        return found
