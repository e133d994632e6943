import numpy as np

from tests.transforms.passes import after, check_same, expect
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import neg
from wengert.prims.control import item, scan
from wengert.prims.transcendental import tanh
from wengert.transforms.cse import cse
from wengert.transforms.simplify import SIMPLIFY, simplify
from wengert.transforms.vjp import vjp


def test_rules_and_folding_work_hand_in_hand():
    """The exponent is known only after folding; the product with its transpose after the power is gone."""
    got = after(
        simplify,
        """
        graph(%x: f32[n,3]) {
          %0: f32[] = const 3.0
          %1: f32[] = const 2.0
          %2: f32[] = sub(%0, %1)
          %3: f32[n,3] = broadcast_to(%2, shape=(n, 3))
          %4: f32[n,3] = pow(%x, %3)
          %5: f32[3,n] = transpose(%4, perm=(1, 0))
          %6: f32[3,3] = dot(%5, %x, batch=((), ()), contract=((1,), (0,)))
          return %6
        }""",
        ulps=4,
    )
    assert got == expect("""
        graph(%x: f32[n,3]) {
          %0: f32[3,3] = dot(%x, %x, batch=((), ()), contract=((0,), (0,)))
          return %0
        }""")


def test_the_gradient_of_a_layer_is_as_a_human_writes_it():
    x, w = graph_input(TensorType.parse("f32[n,3]"), "x"), graph_input(TensorType.parse("f32[3,2]"), "w")
    y = tanh(x @ w)
    g = graph_input(y.type, "g")
    (gw,) = vjp([y], [w], [g])
    graph = Graph((x, w, g), (gw,))
    got = cse(simplify(graph))
    assert got.text == expect("""
        graph(%x: f32[n,3], %w: f32[3,2], %g: f32[n,2]) {
          %0: f32[] = const 1.0
          %1: f32[n,2] = broadcast_to(%0, shape=(n, 2))
          %2: f32[n,2] = dot(%x, %w, batch=((), ()), contract=((1,), (0,)))
          %3: f32[n,2] = tanh(%2)
          %4: f32[n,2] = mul(%3, %3)
          %5: f32[n,2] = sub(%1, %4)
          %6: f32[n,2] = mul(%g, %5)
          %7: f32[3,2] = dot(%x, %6, batch=((), ()), contract=((0,), (0,)))
          return %7
        }""")


def test_graphs_inside_of_graphs_are_simplified_too():
    s = TensorType(())
    h, x = graph_input(s, "h"), graph_input(s, "x")
    body = Graph((h, x), (neg(-h) + x * 1.0,))
    h0, xs = graph_input(s, "h0"), graph_input(TensorType((4,)), "xs")
    out = item(scan(h0, xs, body=body, carries=1, length=4, reverse=False), index=0)
    graph = Graph((h0, xs), (out,))
    got = simplify(graph)
    (loop,) = (n for n in got.nodes if n.primitive is scan)
    assert [n.primitive.name for n in loop.kwargs["body"].steps] == ["add"]
    check_same(graph, got)


def test_simplified_graphs_stay_as_they_are():
    x = graph_input(TensorType.parse("f32[n,3]"), "x")
    graph = simplify(Graph((x,), ((x * 2.0) ** 2.0,)))
    trace = []
    assert simplify(graph, trace) is graph
    assert trace == []


def test_every_rule_says_what_it_does():
    for rule in SIMPLIFY:
        before, arrow, result = str(rule).partition("->")
        assert arrow, rule
        assert len(before.strip()) > 5, rule
        assert result.strip(), rule


def test_results_are_those_of_the_interpreter_on_special_values():
    x = graph_input(TensorType((6,)), "x")
    y = ((x / 4.0) * -1.0 - 0.0) / -1.0
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45], "float32")
    before, got = Graph((x,), (y,)), simplify(Graph((x,), (y,)))
    assert len(got.steps) < len(before.steps)
    a, b = evaluate(before, [special])[0], evaluate(got, [special])[0]
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(np.signbit(a[:4]), np.signbit(b[:4]))
