import numpy as np
import pytest

from tests.transforms.passes import expect
from wengert.base.errors import ShapeError, UsageError
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import constant, graph_input
from wengert.ir.primitive import REGISTRY, Primitive
from wengert.ir.source import Source, at
from wengert.ir.types import TensorType
from wengert.ir.verify import verify
from wengert.prims.arithmetic import mul
from wengert.prims.logic import cast
from wengert.prims.movement import reduce_sum
from wengert.prims.running import cumsum
from wengert.prims.transcendental import sin
from wengert.runtime.tape import tape
from wengert.runtime.tensor import Tensor, fresh_leaf
from wengert.transforms.jvp import jvp
from wengert.transforms.vjp import vjp, vjp_graph

V = TensorType((3,), "float64")
ONES = constant(np.ones(3))
X = np.array([0.1, 0.2, 0.3])


def run(inputs, outputs, *args):
    return evaluate(verify(Graph(tuple(inputs), tuple(outputs))), args)


def test_the_backward_pass_is_a_graph_on_the_users_lines():
    x, g = graph_input(V, "x"), graph_input(V, "g")
    with at(Source("train.py", 12)):
        y = mul(sin(x), x)
    grads = vjp([y], [x], [g])
    assert str(Graph((x, g), tuple(grads))) == expect("""
        graph(%x: f64[3], %g: f64[3]) {
          %0: f64[3] = sin(%x)  # train.py:12
          %1: f64[3] = mul_no_nan(%g, %0)  # gradient of train.py:12
          %2: f64[3] = mul_no_nan(%g, %x)  # gradient of train.py:12
          %3: f64[3] = cos(%x)  # gradient of train.py:12
          %4: f64[3] = mul(%2, %3)  # gradient of train.py:12
          %5: f64[3] = add(%1, %4)  # gradient of train.py:12
          return %5
        }""")


def test_second_order():
    x = graph_input(V, "x")
    (g,) = vjp([sin(x) * x], [x], [ONES])
    (h,) = vjp([g], [x], [ONES])
    (forward,) = jvp([g], [x], [ONES])
    reverse, mixed = run([x], [h, forward], X)
    np.testing.assert_allclose(reverse, 2 * np.cos(X) - X * np.sin(X), rtol=1e-14)
    np.testing.assert_allclose(mixed, reverse, rtol=1e-14)


def test_a_value_used_many_times_gets_the_sum():
    x = graph_input(V, "x")
    y = x + x * 2.0 + x * x
    np.testing.assert_allclose(run([x], vjp([y], [x], [ONES]), X)[0], 3 + 2 * X)


def test_several_outputs_and_missing_cotangents():
    x, y = graph_input(V, "x"), graph_input(V, "y")
    outputs = [x * y, x * 2.0, y * 5.0]
    gx, gy = vjp(outputs, [x, y], [ONES, ONES, None])
    np.testing.assert_allclose(run([x, y], [gx, gy], X, X + 1)[0], X + 1 + 2)
    np.testing.assert_allclose(run([x, y], [gx, gy], X, X + 1)[1], X)


def test_zero_and_integers_have_no_cotangent():
    x, k = graph_input(V, "x"), graph_input(TensorType((3,), "int64"), "k")
    y = x * cast(k, dtype="float64")
    through_integers = cast(cast(x, dtype="int32"), dtype="float64")
    assert vjp([y], [k], [ONES]) == [None]
    assert vjp([through_integers], [x], [ONES]) == [None]
    assert vjp([y], [graph_input(V, "unused")], [ONES]) == [None]


def test_only_what_the_inputs_reach_is_visited():
    """The product with `w` is differentiated by `x` only, and nothing behind `w` is."""
    x, w = graph_input(TensorType((2, 3)), "x"), graph_input(TensorType((3, 4)), "w")
    y = x @ sin(w)
    g = graph_input(y.type, "g")
    (gx,) = vjp([y], [x], [g])
    assert [n.primitive.name for n in Graph((x, w, g), (gx,)).steps] == ["sin", "dot"]


def test_cotangents_of_values_on_the_way():
    x = graph_input(V, "x")
    h = sin(x)
    gh, gx = vjp([h * h], [h, x], [ONES])
    a, b = run([x], [gh, gx], X)
    np.testing.assert_allclose(a, 2 * np.sin(X))
    np.testing.assert_allclose(b, 2 * np.sin(X) * np.cos(X))


def test_an_output_that_is_an_input():
    x = graph_input(V, "x")
    assert vjp([x], [x], [ONES]) == [ONES]


@pytest.fixture
def no_rule():
    """A primitive on floats that nobody has given a derivative."""
    yield Primitive("no_rule", type_rule=lambda x: x, numpy_rule=lambda x: x)
    del REGISTRY["no_rule"]


def test_a_primitive_without_derivative_is_named_where_a_cotangent_would_pass(no_rule):
    x, other = graph_input(V, "x"), graph_input(V, "other")
    with at(Source("train.py", 12)):
        y = no_rule(x)
    message = r"must have a derivative; got no_rule \[train.py:12\]"
    with pytest.raises(UsageError, match=f"vjp: .*{message}"):
        vjp([y], [x], [ONES])
    with pytest.raises(UsageError, match=f"jvp: .*{message}"):
        jvp([y], [x], [ONES])
    assert vjp([y * other], [other], [ONES]) != [None]
    assert vjp([cast(y, dtype="int32")], [x], [None]) == [None]


def test_wrong_cotangents_are_refused():
    x = graph_input(V, "x")
    with pytest.raises(ShapeError, match=r"vjp: cotangent 0 must be f64\[3\]; got f64\[\]"):
        vjp([sin(x)], [x], [constant(1.0)])
    with pytest.raises(ShapeError, match="vjp: 1 cotangents are needed; got 2"):
        vjp([sin(x)], [x], [ONES, ONES])


def test_recorded_tensors_go_through_the_same_transform():
    with tape():
        x = fresh_leaf(Tensor(X, "float64"))
        y = sin(x) * x
        (g,) = vjp([y], [x], [Tensor(np.ones(3), "float64")])
        (h,) = vjp([g], [x], [Tensor(np.ones(3), "float64")])
    np.testing.assert_allclose(g.numpy(), np.cos(X) * X + np.sin(X))
    np.testing.assert_allclose(h.numpy(), 2 * np.cos(X) - X * np.sin(X))


def test_the_pullback_of_a_graph_is_a_graph():
    x, k, w = graph_input(V, "x"), graph_input(TensorType((3,), "int64"), "k"), graph_input(V, "w")
    graph = Graph((x, k, w), (reduce_sum(x * x, axes=(0,)), k, cumsum(x, axis=0, reverse=False)))
    pullback = verify(vjp_graph(graph, [True, False, True]))
    assert [str(t) for t in pullback.in_types] == ["f64[3]", "i64[3]", "f64[3]", "f64[]", "f64[3]"]
    gx, gw = evaluate(pullback, [X, np.arange(3), X, np.float64(2), np.ones(3)])
    np.testing.assert_allclose(gx, 4 * X + [3, 2, 1])
    np.testing.assert_array_equal(gw, 0)
    only = verify(vjp_graph(graph, [True, False, False], given=[True, False, False]))
    np.testing.assert_allclose(evaluate(only, [X, np.arange(3), X, np.float64(2)])[0], 4 * X)
