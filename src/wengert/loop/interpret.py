"""Runs nests in NumPy, all turns of the independent loops at once: the oracle for emitted code.

Every loop variable gets an axis of its own, so a value's array broadcasts over the loops it does not
depend on. All values are computed everywhere, an index out of range reading 0; afterwards a pass from
the stores down finds where each load is wanted (not on the other side of a `select`, not beyond the
end of a ragged reduction), and only there an index must be in range.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float, is_integer
from wengert.base.errors import IndexRangeError
from wengert.loop.expr import INTRINSICS, Expr, Scalars, const_value, post_order
from wengert.loop.floats import by_two_factors
from wengert.loop.fma import exact_fma
from wengert.loop.math import expand
from wengert.loop.nest import Nest

Array = np.ndarray[Any, Any]
JOINED = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}


def evaluate(expr: Expr, params: Sequence[int] = ()) -> int:
    """The value of an integer expression of run-time integers (an extent, a size)."""
    return int(_Interpreter([expr], [], params).value(expr))


def run(nest: Nest, buffers: Sequence[Array], params: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Run the nest on flat buffers, one for each slot, in place.

    Returns: (code, index) of each `check` that failed.
    Raises: IndexRangeError if a load that is wanted, or a store, is out of its buffer.
    """
    stored = [e for s in nest.stores for e in (s.index, s.value)] + [c.update for c in nest.carries]
    extents = [x.extent for x in nest.loops + nest.serial]
    roots = [*stored, *(c.init for c in nest.carries), *extents]
    at = _Interpreter(roots, buffers, params, [x.var for x in nest.loops])
    for loop in nest.loops:
        at.bind(loop.var, np.arange(int(at.value(loop.extent))))
    for c in nest.carries:
        at.bound[c.name] = at.value(c.init)
    for turn in itertools.product(*(range(int(at.value(x.extent))) for x in nest.serial)):
        at.forget()
        for loop, k in zip(nest.serial, turn, strict=True):
            at.bound[loop.var] = np.asarray(k)
        values = [(at.value(s.index), at.value(s.value)) for s in nest.stores]
        following = [at.value(c.update) for c in nest.carries]
        at.check_indices(stored)
        for s, (index, value) in zip(nest.stores, values, strict=True):
            at.store(s.slot, index, value, s.accumulate)
        at.bound.update({c.name: v for c, v in zip(nest.carries, following, strict=True)})
    return at.errors


class _Interpreter:
    """Values of expressions where some variables are bound."""

    def __init__(
        self,
        roots: Sequence[Expr],
        buffers: Sequence[Array],
        params: Sequence[int],
        loops: Sequence[str] = (),
    ) -> None:
        self.buffers, self.params = buffers, params
        reduces = [e for e in post_order(roots) if e.op == "reduce"]
        names = [*loops, *(v for e in reduces for v in e.reduction[1])]
        self.axis = {name: n for n, name in enumerate(dict.fromkeys(names))}
        self.loops = len(loops)
        self.bound: dict[str, Array] = {}
        self.errors: list[tuple[int, int]] = []
        self.scalars = Scalars()
        self.forget()

    def forget(self) -> None:
        """Drop values: bindings or buffers have changed."""
        self._memo: dict[Expr, Array] = {}

    def bind(self, var: str, values: Array) -> None:
        shape = [1] * len(self.axis)
        shape[self.axis[var]] = -1
        self.bound[var] = values.reshape(shape)

    def store(self, slot: int, index: Array, value: Array, accumulate: str | None) -> None:
        shape = [1] * len(self.axis)
        for name, n in self.axis.items():
            shape[n] = self.bound[name].size if n < self.loops else 1
        flat = np.broadcast_to(index, shape).reshape(-1)
        self._must_be_inside(slot, flat, np.asarray(True))
        data = np.broadcast_to(value, shape).reshape(-1)
        if accumulate:
            JOINED[accumulate].at(self.buffers[slot], flat, data)
        else:
            self.buffers[slot][flat] = data

    # --- values -------------------------------------------------------------------------------
    def value(self, root: Expr) -> Array:
        """The value for all turns at once."""
        for e in post_order([root]):
            if e.op == "reduce" and e not in self._memo:
                self._bind_reduction(e)
        for e in post_order([root]):
            if e not in self._memo:
                with np.errstate(all="ignore"):
                    self._memo[e] = self._value(e)
        return self._memo[root]

    def _value(self, e: Expr) -> Array:
        args = [self._memo[a] for a in e.args]
        match e.op:
            case "const":
                return np.asarray(const_value(e)).astype(e.dtype)
            case "param":
                return np.asarray(self.params[e.number], np.int64)
            case "var" | "carry":
                return self.bound[str(e.data)]
            case "reduce":
                return self._reduce(e, args[0])
            case "select":
                return np.where(*args)
            case "load":
                buffer = self.buffers[e.number]
                inside = (args[0] >= 0) & (args[0] < buffer.size)
                return (
                    np.where(inside, buffer[np.where(inside, args[0], 0)], 0)
                    if buffer.size
                    else np.zeros_like(args[0], e.dtype)
                )
            case "check":
                return np.where((args[0] >= 0) & (args[0] < args[1]), args[0], 0)
            case "fma":
                return self.value(exact_fma(self.scalars, *e.args))
            case "ldexp":
                return self.value(by_two_factors(self.scalars, *e.args))
        if e.op in INTRINSICS:
            return self.value(expand(self.scalars, e))
        return np.asarray(compute(e.op, e.dtype, *args))

    def _bind_reduction(self, e: Expr) -> None:
        """Its variables run to the largest extent."""
        for var, extent in zip(e.reduction[1], e.args[1:], strict=True):
            self.bind(var, np.arange(max(0, int(self.value(extent).max(initial=0)))))

    def _turns(self, e: Expr) -> Array:
        """Where a reduction has a turn."""
        real = np.asarray(True)
        for var, extent in zip(e.reduction[1], e.args[1:], strict=True):
            real = real & (self.bound[var] < self.value(extent))
        return real

    def _reduce(self, e: Expr, terms: Array) -> Array:
        kind, loops = e.reduction
        wide = "float64" if kind == "sum" and e.dtype == "float32" else e.dtype
        terms = np.where(self._turns(e), terms, identity(kind, e.dtype)).astype(wide)
        function: dict[str, Any] = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
        function |= {"any": np.logical_or, "all": np.logical_and}
        axes = tuple(self.axis[v] for v in loops)
        result = function[kind].reduce(terms, axis=axes, keepdims=True, initial=identity(kind, wide))
        return np.asarray(result).astype(e.dtype)

    # --- indices ------------------------------------------------------------------------------
    def check_indices(self, roots: Sequence[Expr]) -> None:
        """Hold every load and check to its range where its value is wanted."""
        wanted: dict[Expr, Array] = {r: np.asarray(True) for r in roots}
        for e in reversed(post_order(roots)):
            here = wanted[e]
            if e.op == "load":
                self._must_be_inside(e.number, self._memo[e.args[0]], here)
            elif e.op == "check":
                index, size = (self._memo[a] for a in e.args)
                bad = np.broadcast_arrays(here & ((index < 0) | (index >= size)), index)
                self.errors += [(e.number, int(i)) for i in bad[1][bad[0]]]
            for n, a in enumerate(e.args):
                there = here
                if e.op == "select" and n:
                    condition = self._memo[e.args[0]]
                    there = here & (condition if n == 1 else ~condition)
                elif e.op == "reduce" and n == 0:
                    there = here & self._turns(e)
                there = self._project(there, a)
                wanted[a] = wanted[a] | there if a in wanted else there

    def _project(self, mask: Array, e: Expr) -> Array:
        """Whether the mask holds in any turn of the loops that `e` does not depend on."""
        if not e.free <= self.axis.keys():
            return mask  # a carry may depend on any loop
        axes = tuple(n for v, n in self.axis.items() if v not in e.free and mask.ndim and mask.shape[n] > 1)
        return np.asarray(np.any(mask, axis=axes, keepdims=True))

    def _must_be_inside(self, slot: int, index: Array, wanted: Array) -> None:
        size = self.buffers[slot].size
        bad, index = np.broadcast_arrays(wanted & ((index < 0) | (index >= size)), index)
        if bad.any():
            raise IndexRangeError(
                f"slot {slot}: an index must be in [0, {size}); got {index[bad][0]}. The nest is wrong."
            )


def identity(kind: str, dtype: str) -> Any:
    """What a reduction starts from."""
    if kind in ("max", "min"):
        if is_float(dtype):
            return np.dtype(dtype).type(-np.inf if kind == "max" else np.inf)
        if dtype == "bool":
            return np.bool_(kind == "min")
        info = np.iinfo(dtype)
        return np.dtype(dtype).type(info.min if kind == "max" else info.max)
    return np.dtype(dtype).type({"sum": 0, "prod": 1, "any": 0, "all": 1}[kind])


def compute(op: str, dtype: str, *args: Array) -> Array:
    """One arithmetic or logic operation on arrays."""
    if op == "cast":
        return _cast(args[0], dtype)
    if op == "bitcast":
        return np.ascontiguousarray(args[0]).view(dtype).reshape(args[0].shape)
    if op in ("idiv", "imod"):
        return _floor_division(op, *args)
    if op in ("min", "max"):
        return _extreme(op, *args)
    if op == "mulhi":
        return ((args[0].astype(np.uint64) * args[1].astype(np.uint64)) >> np.uint64(32)).astype(np.uint32)
    function: dict[str, Any] = {
        "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
        "abs": np.abs, "sqrt": np.sqrt, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "rint": np.rint,
        "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
        "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "not": np.invert,
        "shl": np.left_shift, "shr": np.right_shift,
    }  # fmt: skip
    return np.asarray(function[op](*args))


def _extreme(op: str, x: Array, y: Array) -> Array:
    """The larger (smaller), y where they are equal (zeros have no order), NaN if either is NaN."""
    chosen = np.where(x > y if op == "max" else x < y, x, y)
    return np.where(x != x, x, chosen) if is_float(x.dtype.name) else chosen


def _floor_division(op: str, x: Array, y: Array) -> Array:
    result = (np.floor_divide if op == "idiv" else np.remainder)(x, np.where(y == 0, 1, y))
    return np.where(y == 0, 0, result).astype(x.dtype)


def _cast(x: Array, dtype: str) -> Array:
    if not (is_float(x.dtype.name) and is_integer(dtype)):
        return x.astype(dtype)
    info = np.iinfo(dtype)
    inside = (x >= info.min) & (x < 2.0 ** (info.bits - (info.min < 0)))
    clamped = np.where(x > 0, np.array(info.max, dtype), np.array(info.min, dtype))
    whole = np.where(inside, x, 0).astype(dtype)
    return np.where(np.isnan(x), np.array(0, dtype), np.where(inside, whole, clamped)).astype(dtype)
