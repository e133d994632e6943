import numpy as np
import pytest

from wengert.base.errors import ShapeError
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import constant, graph_input
from wengert.ir.types import TensorType
from wengert.ir.verify import verify
from wengert.prims.logic import cast
from wengert.prims.transcendental import exp, sin
from wengert.transforms.jvp import jvp, jvp_graph
from wengert.transforms.vjp import vjp

V = TensorType((3,), "float64")
X = np.array([0.1, 0.2, 0.3])


def test_tangents_go_forward():
    x, y, dx = graph_input(V, "x"), graph_input(V, "y"), graph_input(V, "dx")
    a, b, c = jvp([sin(x) * y, x, exp(y)], [x, y], [dx, None])
    graph = verify(Graph((x, y, dx), (a, b)))
    np.testing.assert_allclose(evaluate(graph, [X, X + 1, X + 2])[0], np.cos(X) * (X + 1) * (X + 2))
    assert b is dx
    assert c is None


def test_forward_and_reverse_agree():
    """<v, J u> = <J^T v, u>"""
    rng = np.random.default_rng(0)
    x, w = graph_input(TensorType((2, 3), "float64"), "x"), graph_input(TensorType((3, 4), "float64"), "w")
    y = sin(x @ w) * exp(x @ w)
    u = [constant(rng.standard_normal(t.shape)) for t in (x, w)]
    v = constant(rng.standard_normal(y.shape))
    (forward,) = jvp([y], [x, w], u)
    reverse = vjp([y], [x, w], [v])
    graph = Graph((x, w), (forward, *reverse))
    dy, dx, dw = evaluate(graph, [rng.standard_normal(t.shape) for t in (x, w)])
    np.testing.assert_allclose(np.sum(v.value * dy), np.sum(dx * u[0].value) + np.sum(dw * u[1].value))


def test_integers_have_no_tangent():
    x = graph_input(V, "x")
    k = cast(x, dtype="int64")
    assert jvp([k, cast(k, dtype="float64")], [x], [constant(X)]) == [None, None]


def test_wrong_tangents_are_refused():
    x = graph_input(V, "x")
    with pytest.raises(ShapeError, match=r"jvp: tangent 0 must be f64\[3\]; got f32\[3\]"):
        jvp([x], [x], [constant(X.astype("float32"))])


def test_the_graph_with_tangents():
    x, k, y = graph_input(V, "x"), graph_input(TensorType((), "int64"), "k"), graph_input(V, "y")
    graph = verify(jvp_graph(Graph((x, k, y), (x * y, k, y)), [True, False, False]))
    assert [i.name for i in graph.inputs] == ["x", "k", "y", "d_x"]
    out = evaluate(graph, [X, np.int64(4), X + 1, X + 2])
    np.testing.assert_allclose(out[0], X * (X + 1))
    np.testing.assert_allclose(out[3], (X + 1) * (X + 2))
    np.testing.assert_array_equal(out[4], 0)
