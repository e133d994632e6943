"""Runs lowering rules in NumPy, all elements at once: no compiler is needed to test them.

A loop variable is an axis of every array, so a rule is called once, as the compiler calls it. A load whose
index is out of range fails, also where a `select` would not use it: compiled code may run both sides.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from wengert.loop.expr import INTRINSICS, Scalars, const_value
from wengert.loop.fma import exact_fma
from wengert.loop.interpret import JOINED
from wengert.prims.logic import cast

BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "min": np.minimum,
    "max": np.maximum, "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
    "pow": np.power, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "shl": np.left_shift,
    "shr": np.right_shift,
    "idiv": np.floor_divide, "imod": np.remainder,
}  # fmt: skip
UNARY = {
    "neg": np.negative, "abs": np.abs, "sqrt": np.sqrt, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc,
    "rint": np.rint, "exp": np.exp, "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "tanh": np.tanh,
    "sin": np.sin, "cos": np.cos, "not": np.invert, "erf": np.vectorize(math.erf, otypes=[float]),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
}  # fmt: skip
FOLD = {
    "sum": np.add,
    "max": np.maximum,
    "min": np.minimum,
    "prod": np.multiply,
    "any": np.logical_or,
    "all": np.logical_and,
}
assert set(INTRINSICS) <= {*UNARY, *BINARY}


@dataclass
class Read:
    """An input as a lowering rule sees it."""

    s: Scalars
    slot: int
    array: np.ndarray

    @property
    def shape(self):
        return tuple(map(self.s.const, self.array.shape))

    @property
    def dtype(self):
        return self.array.dtype.name

    def __getitem__(self, index):
        assert len(index) == self.array.ndim
        flat = self.s.const(0)
        for k, n in zip(index, self.shape, strict=True):
            flat = self.s.add(self.s.mul(flat, n), k)
        return self.s.load(self.slot, flat, self.dtype)


class Evaluator:
    """Values of expressions, given arrays for the loop variables; `failed` are the checks that did."""

    def __init__(self, buffers, variables):
        self.buffers, self.variables = buffers, variables
        self.failed = []

    def __call__(self, e):
        memo = {}
        with np.errstate(all="ignore"):
            return self.value(e, memo)

    def value(self, e, memo):
        if e not in memo:
            memo[e] = np.asarray(self.compute(e, memo))
            assert memo[e].dtype == e.dtype or e.op in ("erf",), (e.op, memo[e].dtype, e.dtype)
        return memo[e]

    def compute(self, e, memo):
        if e.op == "const":
            return np.array(const_value(e), e.dtype)
        if e.op in ("var", "carry"):
            return self.variables[e.data]
        if e.op == "reduce":
            return self.reduce(e, memo)
        args = [self.value(a, memo) for a in e.args]
        if e.op == "load":
            buffer = self.buffers[e.data].reshape(-1)
            assert args[0].size == 0 or (args[0].min() >= 0 and args[0].max() < buffer.size), (
                "a load is out of range"
            )
            return buffer[args[0]] if buffer.size else np.zeros(args[0].shape, e.dtype)
        if e.op == "select":
            return np.where(*args)
        if e.op == "cast":
            return cast.numpy_rule(args[0], dtype=e.dtype)
        if e.op == "check":
            index, size = args
            bad = (index < 0) | (index >= size)
            self.failed += [(e.data, int(k)) for k in index[bad].reshape(-1)]
            return np.where(bad, 0, index)
        if e.op == "mulhi":
            return (args[0].astype(np.uint64) * args[1] >> np.uint64(32)).astype(np.uint32)
        if e.op == "bitcast":
            return np.asarray(args[0]).view(e.dtype)
        if e.op == "ldexp":
            return np.ldexp(*args)
        if e.op == "fma":
            return self.value(exact_fma(Scalars(), *e.args), memo)
        return np.asarray((BINARY if e.op in BINARY else UNARY)[e.op](*args)).astype(e.dtype)

    def reduce(self, e, memo):
        kind, loops = e.data
        extents = [int(self.value(x, memo)) for x in e.args[1:]]
        total = None
        for k in itertools.product(*map(range, extents)):
            inner = Evaluator(
                self.buffers, {**self.variables, **dict(zip(loops, map(np.int64, k), strict=True))}
            )
            term = inner(e.args[0])
            self.failed += inner.failed
            total = term if total is None else FOLD[kind](total, term).astype(e.dtype)
        identity = {"sum": 0, "prod": 1, "any": False, "all": True}
        return np.array(identity[kind], e.dtype) if total is None else total


def lowered(prim, arrays, params, shape, dtype):
    """What the primitive's lowering rule computes: (array, checks that failed)."""
    s = Scalars()
    s.code = 7
    reads = [Read(s, slot, a) for slot, a in enumerate(arrays)]
    if prim.loops is not None:
        return run_loops(prim.loops(s, tuple(map(s.const, shape)), *reads, **params), arrays, shape, dtype)
    if prim.tiles is not None:
        return run_tiles(prim.tiles(s, tuple(map(s.const, shape)), *reads, **params), arrays, shape, dtype)
    i = tuple(s.var(f"i{a}") for a in range(len(shape)))
    grid = np.indices(shape, dtype=np.int64)
    at = Evaluator(arrays, {f"i{a}": g for a, g in enumerate(grid)})
    e = prim.lower(s, i, *reads, **params)
    assert e.dtype == dtype
    return np.broadcast_to(at(e), shape), at.failed


def run_loops(form, arrays, shape, dtype):
    """A LoopForm, turn by turn."""
    out = np.empty(shape, dtype) if form.base is None else np.array(arrays[form.base])
    failed = []
    every = (*form.loops, *form.serial)
    extents = [const_value(loop.extent) for loop in every]
    for turn in itertools.product(*map(range, extents)):
        variables = {loop.var: np.int64(k) for loop, k in zip(every, turn, strict=True)}
        at = Evaluator(arrays, variables)
        if not any(turn[len(form.loops) :]):
            running = {c.name: at(c.init) for c in form.carries}
        at.variables.update(running)
        index, value = tuple(int(at(k)) for k in form.index), at(form.value)
        assert all(0 <= k < n for k, n in zip(index, shape, strict=True))
        out[index] = JOINED[form.accumulate](out[index], value) if form.accumulate else value
        running = {c.name: at(c.update) for c in form.carries}
        failed += at.failed
    return out, failed


def run_tiles(form, arrays, shape, dtype):
    """A TileForm, all turns at once; every element must be stored exactly once."""
    extents = [const_value(loop.extent) for loop in form.loops]
    turns = np.indices(extents, dtype=np.int64)
    at = Evaluator(arrays, {loop.var: k for loop, k in zip(form.loops, turns, strict=True)})
    out, stored = np.empty(shape, dtype), np.zeros(shape, int)
    for index, value in form.stores:
        where = tuple(np.broadcast_to(at(k), extents) for k in index)
        assert all(((k >= 0) & (k < n)).all() for k, n in zip(where, shape, strict=True))
        out[where] = at(value)
        np.add.at(stored, where, 1)
    assert (stored == 1).all()
    return out, at.failed


def contracted(form, x, y, shape, dtype):
    """A ContractForm, summed one term at a time over the reduced axes."""
    grid = dict(
        zip(form.extents, np.indices(tuple(form.extents.values()), dtype=np.int64, sparse=True), strict=True)
    )

    def at(dims):
        return tuple(sum((c * grid[v] for v, c in d.terms), np.int64(d.offset)) for d in dims)

    for dims, a in ((form.a, x.shape), (form.b, y.shape), (form.out, shape)):
        for k, n in zip(at(dims), a, strict=True):
            assert k.size == 0 or (k.min() >= 0 and k.max() < n), (
                "an index of the contraction is out of range"
            )
    out = np.zeros(shape, dtype)
    full = tuple(form.extents.values())
    np.add.at(
        out,
        tuple(np.broadcast_to(k, full) for k in at(form.out)),
        np.broadcast_to(np.multiply(x[at(form.a)], y[at(form.b)], dtype=dtype), full),
    )
    return out
