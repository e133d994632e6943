"""Derivatives of every primitive at many random points, by every method, and in float32 against float64."""

from dataclasses import replace

import numpy as np
import pytest

from tests.prims.cases import CASES
from tests.prims.checks import float_inputs, pullback, recorded
from wengert.base.dtypes import is_float
from wengert.ir.graph import Graph, evaluate
from wengert.ops.check import check_graph

SMOOTH = [c for c in CASES if c.smooth and is_float(recorded(c)[1].dtype)]
DIFFERENTIABLE = [c for c in SMOOTH if all(x.size for x in c.arrays(c.main, max(c.sizes)))]

# Steps: their derivative is 0 wherever it exists. test_steps_have_derivative_0 says so.
FLAT = {"floor", "ceil", "round", "trunc", "sign", "floor_divide", "stop_gradient", "nextafter"}
# The compiler makes these when all derivatives are taken.
LATE = {"winograd_data", "winograd_kernel", "winograd_output"}


def in_float32(case):
    """The row with float32 where derivatives are taken."""
    return replace(case, dtypes=("float32",))


def test_no_primitive_with_a_derivative_is_left_out():
    """Every row from floats to floats; that each primitive has a row, test_prims.py says."""
    rows = [(c, *recorded(c)) for c in CASES]
    floats = {c.prim.name for c, ins, out in rows if is_float(out.dtype) and float_inputs(ins)}
    assert floats - FLAT - LATE == {c.prim.name for c in DIFFERENTIABLE} - FLAT


@pytest.mark.slow
@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=str)
def test_all_methods_agree(case, request):
    """Forward, reverse and symbolic to 1e-12, numeric to 1e-7; to second order; interpreted and compiled."""
    n = max(case.sizes)
    points = [case.arrays(case.main, n, seed) for seed in range(request.config.getoption("--samples"))]
    ins, out = recorded(case, n)
    report = check_graph(Graph(tuple(ins), (out,)), points, compiled=True, exact=1e-12, near=1e-7)
    assert report, report
    told = {r.method: r.compared for r in report.rows if r.order == 1}
    assert told["numeric"] == told["reverse, compiled"] == len(points), report


@pytest.mark.parametrize(
    "case", [c for c in DIFFERENTIABLE if "float32" in c.dtypes and c.prim.name != "cast"], ids=str
)
def test_gradients_in_float32_are_near_those_in_float64(case, request):
    """To 1e-5 of the largest element, at the same points."""
    n = max(case.sizes)
    graph, single = pullback(case, n), pullback(in_float32(case), n)
    shape = recorded(case, n)[1].type.shape
    rng = np.random.default_rng(1)
    for seed in range(request.config.getoption("--samples")):
        xs = [*case.arrays("float32", n, seed), rng.standard_normal(shape)]
        narrow = [x.astype(t.dtype) for x, t in zip(xs, single.in_types, strict=True)]
        wide = [x.astype(t.dtype) for x, t in zip(narrow, graph.in_types, strict=True)]
        by = [x for x in narrow[:-1] if x.dtype.kind == "f"]
        for x, got, w in zip(by, evaluate(single, narrow), evaluate(graph, wide), strict=True):
            assert got.dtype == x.dtype
            np.testing.assert_allclose(got, w, rtol=0, atol=1e-5 * max(np.max(np.abs(w), initial=0), 1e-3))


@pytest.mark.parametrize("case", [c for c in CASES if c.prim.name in FLAT and "float64" in c.dtypes], ids=str)
def test_steps_have_derivative_0(case):
    xs = case.arrays("float64", 3)
    y = case.prim(*xs, **case.given(3))
    for g in evaluate(pullback(case, 3), [*xs, np.ones(y.shape)]):
        assert not np.any(g)
