"""Runs nests in NumPy, all turns of the independent loops at once: the oracle for emitted code.

Every loop variable gets an axis of its own, so a value's array broadcasts over the loops it does not
depend on. A mask follows each expression downwards and says where its value is wanted: below a false
`select` branch or beyond a ragged reduction nothing has to be in range.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float, is_integer
from wengert.base.errors import IndexRangeError
from wengert.loop.expr import INTRINSICS, Expr, Scalars, const_value, post_order
from wengert.loop.fma import exact_fma
from wengert.loop.math import expand
from wengert.loop.nest import Nest

Array = np.ndarray[Any, Any]


def evaluate(expr: Expr, params: Sequence[int] = ()) -> int:
    """The value of an integer expression of run-time integers (an extent, a size)."""
    return int(_Interpreter([expr], [], params).value(expr, np.asarray(True)))


def run(nest: Nest, buffers: Sequence[Array], params: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Run the nest on flat buffers, one for each slot, in place.

    Returns: (code, index) of each `check` that failed.
    Raises: IndexRangeError if a load that is wanted, or a store, is out of its buffer.
    """
    roots = [e for s in nest.stores for e in (s.index, s.value)]
    roots += [e for c in nest.carries for e in (c.init, c.update)] + [
        x.extent for x in nest.loops + nest.serial
    ]
    at = _Interpreter(roots, buffers, params, [x.var for x in nest.loops])
    for loop in nest.loops:
        at.bind(loop.var, np.arange(int(at.value(loop.extent, at.always))))
    for c in nest.carries:
        at.bound[c.name] = at.value(c.init, at.always)
    for turn in itertools.product(*(range(int(at.value(x.extent, at.always))) for x in nest.serial)):
        at.forget()
        for loop, k in zip(nest.serial, turn, strict=True):
            at.bound[loop.var] = np.asarray(k)
        values = [(at.value(s.index, at.always), at.value(s.value, at.always)) for s in nest.stores]
        following = [at.value(c.update, at.always) for c in nest.carries]
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
        names = [*loops, *(v for e in reduces for v in e.data[1])]  # type: ignore[index]
        self.axis = {name: n for n, name in enumerate(dict.fromkeys(names))}
        self.loops = len(loops)
        self.always = np.ones((1,) * len(self.axis), bool)
        self.bound: dict[str, Array] = {}
        self.errors: list[tuple[int, int]] = []
        self.scalars = Scalars()
        self._reading: dict[Expr, bool] = {}
        self.forget()

    def forget(self) -> None:
        """Drop values: bindings or buffers have changed."""
        self._memo: dict[tuple[Expr, int], Array] = {}
        self._masks: list[Array] = []  # keeps masks alive, so that their ids stay their own

    def bind(self, var: str, values: Array) -> None:
        shape = [1] * len(self.axis)
        shape[self.axis[var]] = -1
        self.bound[var] = values.reshape(shape)

    def store(self, slot: int, index: Array, value: Array, accumulate: bool) -> None:
        shape = [1] * len(self.axis)
        for name, n in self.axis.items():
            shape[n] = self.bound[name].size if n < self.loops else 1
        flat = np.broadcast_to(index, shape).reshape(-1)
        _in_range(flat, self.buffers[slot], slot, np.asarray(True))
        data = np.broadcast_to(value, shape).reshape(-1)
        if accumulate:
            np.add.at(self.buffers[slot], flat, data)
        else:
            self.buffers[slot][flat] = data

    def value(self, e: Expr, wanted: Array) -> Array:
        if not self._reads(e):
            wanted = self.always  # a mask says which elements may be read; without reads, all may be computed
        key = (e, id(wanted))
        if key not in self._memo:
            self._masks.append(wanted)
            with np.errstate(all="ignore"):
                self._memo[key] = self._value(e, wanted)
        return self._memo[key]

    def _reads(self, e: Expr) -> bool:
        """Whether a load or a check lies beneath."""
        if e not in self._reading:
            for x in post_order([e]):
                if x not in self._reading:
                    self._reading[x] = x.op in ("load", "check", "reduce") or any(
                        self._reading[a] for a in x.args
                    )
        return self._reading[e]

    def _value(self, e: Expr, wanted: Array) -> Array:
        match e.op:
            case "const":
                return np.asarray(const_value(e)).astype(e.dtype)
            case "param":
                return np.asarray(self.params[e.data], np.int64)  # type: ignore[call-overload]
            case "var" | "carry":
                return self.bound[str(e.data)]
            case "reduce":
                return self._reduce(e, wanted)
            case "select":
                condition = self.value(e.args[0], wanted)
                x, y = self.value(e.args[1], wanted & condition), self.value(e.args[2], wanted & ~condition)
                return np.where(condition, x, y)
            case "load":
                buffer = self.buffers[e.data]  # type: ignore[call-overload]
                index = self.value(e.args[0], wanted)
                bad = _in_range(index, buffer, e.data, wanted)
                return np.where(bad, 0, buffer[np.where(bad, 0, index)] if buffer.size else 0).astype(e.dtype)
            case "check":
                return self._check(e, wanted)
            case "fma":
                return self.value(exact_fma(self.scalars, *e.args), wanted)
        if e.op in INTRINSICS:
            return self.value(expand(self.scalars, e), wanted)
        return np.asarray(compute(e.op, e.dtype, *(self.value(a, wanted) for a in e.args)))

    def _check(self, e: Expr, wanted: Array) -> Array:
        index, size = (self.value(a, wanted) for a in e.args)
        bad = (index < 0) | (index >= size)
        self.errors += [
            (int(e.data), int(i)) for i in np.broadcast_to(index, (bad & wanted).shape)[bad & wanted]
        ]  # type: ignore[call-overload]
        return np.where(bad, 0, index)

    def _reduce(self, e: Expr, wanted: Array) -> Array:
        kind, loops = e.data  # type: ignore[misc]
        for var, extent in zip(loops, e.args[1:], strict=True):
            count = self.value(extent, wanted)
            self.bind(var, np.arange(max(0, int(count.max(initial=0)))))
            wanted = wanted & (self.bound[var] < count)
        wide = "float64" if kind == "sum" and e.dtype == "float32" else e.dtype
        terms = np.where(wanted, self.value(e.args[0], wanted), identity(kind, e.dtype)).astype(wide)
        axes = tuple(self.axis[v] for v in loops)
        function = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
        function |= {"any": np.logical_or, "all": np.logical_and}
        result = function[kind].reduce(terms, axis=axes, keepdims=True, initial=identity(kind, wide))
        return np.asarray(result).astype(e.dtype)


def _in_range(index: Array, buffer: Array, slot: object, wanted: Array) -> Array:
    """Where index is out of the buffer; an error if that is anywhere it is wanted."""
    bad = (index < 0) | (index >= buffer.size)
    if (bad & wanted).any():
        worst = np.broadcast_to(index, (bad & wanted).shape)[bad & wanted][0]
        raise IndexRangeError(
            f"slot {slot}: an index must be in [0, {buffer.size}); got {worst}. The nest is wrong."
        )
    return bad


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
