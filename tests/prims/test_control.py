"""cond, while_loop and scan: values against Python's control flow, derivatives to second order."""

import itertools

import numpy as np
import pytest

from tests.prims.checks import N, check_vmap, filled, float_inputs
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.ops.check import check_graph
from wengert.prims.arithmetic import add
from wengert.prims.control import cond, item, scan, while_loop
from wengert.prims.logic import less
from wengert.prims.transcendental import sin, tanh
from wengert.transforms.jvp import jvp
from wengert.transforms.vjp import vjp
from wengert.transforms.vmap import vmap_graph

F = TensorType((2,), "float64")
COUNT, BOOL = TensorType((), "int64"), TensorType((), "bool")


def record(f, *types):
    ins = [graph_input(t, f"x{k}") for k, t in enumerate(types)]
    return Graph(tuple(ins), tuple(f(*ins)))


def results(values):
    return tuple(item(values, index=k) for k in range(len(values.type)))


def pullback(graph):
    bars = [graph_input(o.type, f"g{k}") for k, o in enumerate(graph.outputs)]
    floats = float_inputs(graph.inputs)
    return Graph((*graph.inputs, *bars), tuple(filled(floats, vjp(graph.outputs, floats, bars))))


def check_both_orders(graph, xs):
    report = check_graph(graph, [[np.asarray(x) for x in xs]])
    assert report, report


# --- cond -------------------------------------------------------------------------------------------

TRUE = record(lambda x, y, n: (sin(x) * y, n), F, F, COUNT)
FALSE = record(lambda x, y, n: (x * x, add(n, n)), F, F, COUNT)
CHOICE = record(lambda p, x, y, n: results(cond(p, x, y, n, true=TRUE, false=FALSE)), BOOL, F, F, COUNT)


@pytest.mark.parametrize("p", [True, False])
def test_cond_runs_one_branch(p):
    x, y = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    value, n = evaluate(CHOICE, [np.bool_(p), x, y, np.int64(3)])
    np.testing.assert_allclose(value, np.sin(x) * y if p else x * x)
    assert n == (3 if p else 6)


@pytest.mark.parametrize("p", [True, False])
def test_cond_derivatives(p):
    first = Graph(CHOICE.inputs, CHOICE.outputs[:1])
    check_both_orders(first, [np.bool_(p), np.array([1.0, 2.0]), np.array([3.0, -4.0]), np.int64(3)])


# --- while_loop -------------------------------------------------------------------------------------

BELOW = record(lambda n, x, y: (less(n, np.int64(4)),), COUNT, F, F)
STEP = record(lambda n, x, y: (add(n, np.int64(1)), sin(x) * y, y), COUNT, F, F)
LOOP = record(lambda n, x, y: results(while_loop(n, x, y, cond=BELOW, body=STEP))[1:2], COUNT, F, F)


def test_while_loop_runs_until_the_condition_fails():
    x, y = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    want = x
    for _ in range(3):
        want = np.sin(want) * y
    np.testing.assert_allclose(evaluate(LOOP, [np.int64(1), x, y])[0], want)


def test_while_loop_forward_mode():
    x, y = np.array([1.0, 2.0]), np.array([0.5, -0.4])
    dots = [graph_input(F, "dx"), graph_input(F, "dy")]
    out = jvp(LOOP.outputs, LOOP.inputs[1:], dots)
    vx, vy, h = np.array([0.3, 1.0]), np.array([1.0, -2.0]), 1e-6
    got = evaluate(Graph((*LOOP.inputs, *dots), tuple(out)), [np.int64(0), x, y, vx, vy])[0]
    above, below = (evaluate(LOOP, [np.int64(0), x + s * vx, y + s * vy])[0] for s in (h, -h))
    np.testing.assert_allclose(got, (above - below) / (2 * h), rtol=1e-6)


def test_while_loop_has_no_reverse_mode():
    with pytest.raises(UsageError, match="while_loop: has no reverse mode.*Use scan"):
        vjp(LOOP.outputs, LOOP.inputs[1:], [graph_input(F, "g")])


# --- scan -------------------------------------------------------------------------------------------


def cell(w, n, h, x, k):
    """A recurrent cell with weights (an invariant), a counter, a state and an integer input."""
    new = tanh(w * h + x)
    return w, add(n, k), new, new * x, add(n, n)


CELL = record(cell, F, COUNT, F, F, COUNT)


def sequence(length, reverse, batch=F):
    xs = TensorType((length, *batch.shape), "float64")
    ks = TensorType((length,), "int64")
    body = record(cell, batch, COUNT, batch, batch, COUNT)
    params = {"body": body, "carries": 3, "length": length, "reverse": reverse}
    return record(lambda *a: results(scan(*a, **params)), batch, COUNT, batch, xs, ks)


def operands(length, shape=(2,), seed=0):
    rng = np.random.default_rng(seed)
    w, h = rng.uniform(-1, 1, shape), rng.uniform(-1, 1, shape)
    return [w, np.int64(2), h, rng.uniform(-1, 1, (length, *shape)), rng.integers(0, 5, length)]


def by_hand(w, n, h, xs, ks, reverse):
    ys, counts = np.empty_like(xs), np.empty_like(ks)
    for t in reversed(range(len(xs))) if reverse else range(len(xs)):
        counts[t] = n + n
        h, n = np.tanh(w * h + xs[t]), n + ks[t]
        ys[t] = h * xs[t]
    return w, n, h, ys, counts


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("length", [0, 1, 4])
def test_scan_values(length, reverse):
    xs = operands(length)
    for got, want in zip(evaluate(sequence(length, reverse), xs), by_hand(*xs, reverse), strict=True):
        np.testing.assert_allclose(got, want)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("length", [0, 1, 3])
def test_scan_derivatives(length, reverse):
    graph = sequence(length, reverse)
    floats = Graph(graph.inputs, tuple(graph.outputs[k] for k in (0, 2, 3)))
    check_both_orders(floats, operands(length))


def test_scan_derivative_of_one_output_by_two_inputs():
    graph = sequence(3, False)
    w, xs = graph.inputs[0], graph.inputs[3]
    assert [g.type for g in vjp([graph.outputs[2]], [w, xs], [graph_input(F, "u")])] == [w.type, xs.type]
    assert vjp([graph.outputs[4]], [w], [graph_input(TensorType((3,), "int64"), "u")]) == [None]


def test_symbolic_time_and_batch():
    time = N.named("time")
    graph = sequence(time, False, TensorType((N, 2), "float64"))
    back = pullback(Graph(graph.inputs, (graph.outputs[2],)))
    for length, batch in ((1, 1), (3, 2), (0, 3)):
        xs = operands(length, (batch, 2))
        for got, want in zip(evaluate(graph, xs), by_hand(*xs, False), strict=True):
            np.testing.assert_allclose(got, want)
        known = pullback(Graph(*ends(sequence(length, False, TensorType((batch, 2), "float64")))))
        u = np.ones((batch, 2))
        for got, want in zip(evaluate(back, [*xs, u]), evaluate(known, [*xs, u]), strict=True):
            np.testing.assert_allclose(got, want)


def ends(graph):
    return graph.inputs, (graph.outputs[2],)


# --- batches ----------------------------------------------------------------------------------------


def rows_of(make, count=3):
    rng = np.random.default_rng(7)
    return [make(rng) for _ in range(count)]


def patterns(count):
    return [m for m in itertools.product((False, True), repeat=count) if any(m)]


@pytest.mark.parametrize("moved", patterns(4))
def test_a_batch_of_conds(moved):
    rows = rows_of(lambda g: [np.bool_(g.integers(2)), g.normal(size=2), g.normal(size=2), np.int64(3)])
    check_vmap(CHOICE, rows, moved)


@pytest.mark.parametrize("moved", patterns(3))
def test_a_batch_of_while_loops_each_of_its_own_length(moved):
    graph = record(lambda n, x, y: results(while_loop(n, x, y, cond=BELOW, body=STEP)), COUNT, F, F)
    check_vmap(graph, rows_of(lambda g: [np.int64(g.integers(6)), g.normal(size=2), g.normal(size=2)]), moved)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("moved", patterns(5))
def test_a_batch_of_scans(moved, reverse):
    check_vmap(sequence(3, reverse), [operands(3, seed=s) for s in range(3)], moved)


def test_a_batch_whose_size_is_symbolic():
    batched, _ = vmap_graph(sequence(3, False), [False, True, True, False, True], N)
    rows = [operands(3, seed=s) for s in range(4)]
    w, n, h, xs, ks = (np.stack(x) for x in zip(*rows, strict=True))
    got = evaluate(batched, [w[0], n, h, xs[0], ks])
    for k in range(4):
        for y, want in zip(got[1:], by_hand(w[0], n[k], h[k], xs[0], ks[k], False)[1:], strict=True):
            np.testing.assert_allclose(y[k], want)


# --- wrong calls ------------------------------------------------------------------------------------

X, K, P = graph_input(F, "x"), graph_input(COUNT, "k"), graph_input(BOOL, "p")
ONE = record(lambda x: (x,), F)
TWO = {"true": TRUE, "false": TRUE}
NEITHER = {"true": None, "false": None}


def scanned(*operands, body=CELL, carries=0, length=3):
    return scan(*operands, body=body, carries=carries, length=length, reverse=False)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: item(X, index=0), DTypeError, r"item: the operand must be several results; got f64\[2\]"),
        (lambda: item(scanned(X, body=ONE, carries=1), index=1), ShapeError, "item: index must be below"),
        (lambda: cond(X, X, **TWO), DTypeError, r"cond: the predicate.*got f64\[2\]"),
        (lambda: cond(P, X, **TWO), ShapeError, r"cond: true must take.*f64\[2\]; it takes f64\[2\], f64"),
        (lambda: cond(P, X, **NEITHER), UsageError, "cond: true must be a graph; got None"),
        (lambda: while_loop(K, X, X, cond=STEP, body=STEP), DTypeError, "cond must give one bool scalar"),
        (lambda: while_loop(K, X, X, cond=BELOW, body=BELOW), ShapeError, "body must give the types"),
        (lambda: scanned(X, carries=2), UsageError, "scan: there must be 2 carries"),
        (lambda: scanned(X), ShapeError, r"scan: the first axis of each x must be 3 long; got f64\[2\]"),
        (
            lambda: scanned(X, carries=1, length=-1),
            ShapeError,
            "scan: length must be an integer >= 0; got -1",
        ),
    ],
)
def test_wrong_calls_say_what_must_hold(call, error, message):
    with pytest.raises(error, match=message):
        call()
