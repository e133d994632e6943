"""What every primitive must satisfy. A case is one row; the checks come free.

Lengths in shapes and parameters may be `N`: then every check runs for each of SIZES, and the primitive is
also recorded once with a symbolic length and must agree at each of them.
"""

import itertools
from dataclasses import dataclass, field

import numpy as np

from tests.prims.evaluate import contracted, lowered
from wengert.base.dtypes import TABLE, available, computed, is_complex, is_float
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, evaluate, substitute
from wengert.ir.node import graph_input
from wengert.ir.primitive import REGISTRY, Primitive
from wengert.ir.types import TensorType, type_of
from wengert.ir.verify import verify
from wengert.ops.check import check_graph
from wengert.transforms.jvp import zeros_like
from wengert.transforms.vjp import vjp
from wengert.transforms.vmap import vmap_graph

available("bfloat16")
N = Dim.named("batch")
SIZES = (0, 1, 3)


@dataclass(frozen=True)
class In:
    """An input: its shape, and dtype and range where they are not the case's.

    distinct: no two floats are equal. ordered: and each is greater than the one before.
    diagonal: what is added to the diagonals of the last two axes.
    """

    shape: tuple
    dtype: str | None = None
    low: float | None = None
    high: float | None = None
    distinct: bool = False
    ordered: bool = False
    diagonal: float = 0.0


class Part:
    """One of several results of a primitive, as a primitive."""

    lower = loops = tiles = contract = None

    def __init__(self, prim, index):
        self.prim, self.index, self.name = prim, index, prim.name

    def __call__(self, *xs, **params):
        return REGISTRY["item"](self.prim(*xs, **params), index=self.index)

    def type_rule(self, *types, **params):
        return self.prim.type_rule(*types, **params)[self.index]

    def numpy_rule(self, *xs, **params):
        return self.prim.numpy_rule(*xs, **params)[self.index]


@dataclass(frozen=True)
class Case:
    """One row. `dtypes` are those of the inputs that name none themselves; derivatives are taken in float64.

    smooth: the primitive has a derivative by its float inputs. least: the smallest N that makes sense.
    """

    prim: Primitive
    inputs: tuple
    params: dict = field(default_factory=dict)
    dtypes: tuple = ("bfloat16", "float16", "float32", "float64")
    low: float = -2.0
    high: float = 2.0
    least: int = 0
    smooth: bool = True

    def __str__(self):
        shapes = "-".join(",".join(map(str, i.shape)) or "scalar" for i in self.ins)
        return f"{self.prim.name}[{shapes}]".replace(" ", "")

    @property
    def ins(self):
        return [i if isinstance(i, In) else In(i) for i in self.inputs]

    @property
    def sizes(self):
        symbolic = "batch" in str([i.shape for i in self.ins]) + str(self.params)
        return [n for n in SIZES if n >= self.least] if symbolic else [1]

    @property
    def main(self):
        """The dtype for derivatives."""
        return "float64" if "float64" in self.dtypes else self.dtypes[0]

    def types(self, dtype):
        return [TensorType(i.shape, i.dtype or dtype) for i in self.ins]

    def arrays(self, dtype, n, seed=0):
        """Inputs for N = n."""
        rng = np.random.default_rng(seed)
        return [
            self.array(rng, i, t)
            for i, t in zip(self.ins, self.types(dtype), strict=True)
            for t in [at(t, n)]
        ]

    def array(self, rng, i, t):
        x = self.elements(rng, i, t)
        return np.asarray(x + i.diagonal * np.eye(*t.shape[-2:])).astype(t.dtype) if i.diagonal else x

    def elements(self, rng, i, t):
        low, high = self.low if i.low is None else i.low, self.high if i.high is None else i.high
        if i.distinct or i.ordered:
            ranks = np.arange(t.size) if i.ordered else rng.permutation(np.arange(t.size))
            low = 0 if t.dtype.startswith("u") else -1
            return np.asarray(ranks.reshape(t.shape) * 0.1 + low).astype(t.dtype)
        if is_float(t.dtype):
            return np.asarray(rng.uniform(low, high, t.shape)).astype(t.dtype)
        if is_complex(t.dtype):
            parts = rng.uniform(low, high, (2, *t.shape))
            return np.asarray(parts[0] + 1j * parts[1]).astype(t.dtype)
        if t.dtype == "bool":
            return np.asarray(rng.integers(0, 2, t.shape)).astype(bool)
        low = max(low, np.iinfo(t.dtype).min)
        return np.asarray(rng.integers(int(low), int(high) + 1, t.shape)).astype(t.dtype)

    def given(self, n):
        """The parameters for N = n."""
        return {k: substitute(v, {"batch": n}) for k, v in self.params.items()}


def at(t, n):
    return substitute(t, {"batch": n})


def every(case, dtypes=None):
    """(arrays, params) over the case's dtypes and sizes."""
    for dtype in case.dtypes if dtypes is None else dtypes:
        for n in case.sizes:
            yield case.arrays(dtype, n), case.given(n)


def direct(case):
    """The dtypes that rules compute in: others are converted before a rule sees them."""
    return [d for d in case.dtypes if computed(d) == d]


def tolerance(dtype):
    whole = {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)
    return {"bfloat16": 2**-8, "float16": 2**-11, "float32": 2e-6, "float64": 1e-14}.get(whole, 0)


def same(got, want, times=8):
    """Equal in type; in value up to a few roundings."""
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    rtol = times * tolerance(want.dtype.name)
    np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol)


def check_type(case):
    """The type rule gives what the NumPy rule gives."""
    for xs, params in every(case, direct(case)):
        t = case.prim.type_rule(*map(type_of, xs), **params)
        with np.errstate(all="ignore"):
            y = np.asarray(case.prim.numpy_rule(*xs, **params))
        assert t.shape == y.shape
        assert TABLE[t.dtype].kind == TABLE[y.dtype.name].kind


def check_lowering(case):
    """The lowering rule and the contraction form, run in NumPy, give what the NumPy rule gives."""
    for xs, params in every(
        case, [d for d in direct(case) if not is_complex(d)]
    ):  # kernels know no complex ones
        y = case.prim(*xs, **params)
        if any((case.prim.lower, case.prim.loops, case.prim.tiles)):
            got, failed = lowered(case.prim, xs, params, y.shape, y.dtype.name)
            same(got, y, 64)
            assert not failed
        form = case.prim.contract and case.prim.contract(*map(type_of, xs), **params)
        if form is not None:
            same(contracted(form, *xs, y.shape, y.dtype.name), y, 64)


def recorded(case, n=None):
    """(inputs, output) as nodes; with a symbolic N when n is None."""
    types = case.types(case.main)
    ins = [graph_input(t if n is None else at(t, n), f"x{k}") for k, t in enumerate(types)]
    params = case.params if n is None else case.given(n)
    return ins, case.prim(*ins, **params)


def check_symbolic(case):
    """Recorded once with a symbolic N, the value and its derivative agree with each N."""
    ins, out = recorded(case)
    length = graph_input(TensorType((N,)), "length")  # tells N where no input has it as it is
    graph = Graph((length, *ins), (out,))
    floats = float_inputs(ins)
    g = graph_input(out.type, "g")
    back = None
    if case.smooth and floats and is_float(out.dtype):
        back = Graph((length, *ins, g), tuple(filled(floats, vjp([out], floats, [g]))))
    for n in case.sizes:
        xs = case.arrays(case.main, n)
        y = case.prim(*xs, **case.given(n))
        tell = np.zeros(n, np.float32)
        same(evaluate(graph, [tell, *xs])[0], y)
        if back is not None:
            u = np.random.default_rng(2).standard_normal(y.shape)
            want = evaluate(pullback(case, n), [*xs, u])
            for got, w in zip(evaluate(back, [tell, *xs, u]), want, strict=True):
                same(got, w, 64)


def float_inputs(ins):
    return [i for i in ins if is_float(i.dtype)]


def filled(values, derivatives):
    return [zeros_like(v) if d is None else d for v, d in zip(values, derivatives, strict=True)]


def pullback(case, n):
    """(*inputs, g) -> cotangents of the float inputs."""
    ins, out = recorded(case, n)
    g = graph_input(out.type, "g")
    floats = float_inputs(ins)
    return Graph((*ins, g), tuple(filled(floats, vjp([out], floats, [g]))))


def check_derivatives(case):
    """Forward, reverse, symbolic and numeric derivatives agree, to second order; at the row's points."""
    for n in case.sizes if case.smooth else ():
        ins, out = recorded(case, n)
        points = [case.arrays(case.main, n, seed) for seed in range(2)]
        if not is_float(out.dtype) or not all(x.size for x in points[0]):
            continue  # what is empty, check_symbolic runs
        report = check_graph(Graph(tuple(ins), (out,)), points)
        assert report, report


def check_batch(case):
    """A batch of calls in one gives what they give one by one, whichever inputs have the batch's axis."""
    if not case.inputs:
        return  # the same for every call
    n = max(case.sizes)
    ins, out = recorded(case, n)
    graph = Graph(tuple(ins), (out,))
    for moved in itertools.product((False, True), repeat=len(ins)):
        rows = [case.arrays(case.main, n, seed=s) for s in range(3)]
        check_vmap(graph, rows, moved)


def check_vmap(graph, rows, moved):
    """The graph for a batch, evaluated, against one evaluation for each row of arguments."""
    batch = [np.stack(x) if m else x[0] for x, m in zip(zip(*rows, strict=True), moved, strict=True)]
    batched, flags = vmap_graph(graph, moved, len(rows))
    got = evaluate(verify(batched), batch)
    ones = [
        evaluate(graph, [x if m else first for x, m, first in zip(row, moved, rows[0], strict=True)])
        for row in rows
    ]
    for y, flag, *want in zip(got, flags, *ones, strict=True):
        same(y, np.stack(want) if flag else want[0], 64)
        assert flag or not any(moved) or all(np.array_equal(w, want[0], equal_nan=True) for w in want)
