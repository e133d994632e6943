import numpy as np
import pytest

from wengert.base.errors import GraphError
from wengert.ir.graph import Graph
from wengert.ir.node import constant, graph_input
from wengert.ir.parse import parse_graph
from wengert.ir.pattern import match, number, number_of, rewrite, rule, var
from wengert.ir.source import Source, at
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import abs, add, mul, neg, sub
from wengert.prims.movement import broadcast_to, full_like, reshape, transpose

X, Y, P, K = var("x"), var("y"), var("p"), number("k")
V = TensorType((3,))


@rule(neg(neg(X)))
def double_negation(x):
    """neg(neg(x))  ->  x"""
    return x


@rule(mul(X, 2), mul(2, X))
def twice(x):
    """x * 2  ->  x + x"""
    return add(x, x)


@rule(sub(X, X))
def nothing_left(x):
    """x - x  ->  0"""
    return full_like(x, 0)


def matches(pattern, node):
    found = {}
    return found if match(pattern, node, found) else None


def test_a_wildcard_that_stands_twice_is_one_value():
    a, b = graph_input(V, "a"), graph_input(V, "b")
    assert matches(sub(X, X), sub(a, a)) == {"x": a}
    assert matches(sub(X, X), sub(a, b)) is None


def test_wildcards_stand_for_parameters_too():
    a = graph_input(TensorType((2, 3)), "a")
    node = transpose(transpose(a, perm=(1, 0)), perm=(0, 1))
    assert matches(transpose(X, perm=P), node)["p"] == (0, 1)
    assert matches(transpose(transpose(X, perm=P), perm=P), node) is None
    assert matches(transpose(X, perm=(1, 0)), node) is None


def test_a_literal_is_a_constant_of_that_number_in_any_shape():
    a = graph_input(V, "a")
    two = constant(np.float32(2))
    assert matches(mul(X, 2), mul(a, broadcast_to(two, shape=(3,))))
    assert matches(mul(X, 2), mul(a, constant(np.float32([2, 2, 2])))) is None  # fold makes it one number
    assert matches(mul(X, 2), mul(a, a)) is None


def test_a_number_wildcard_gets_the_number():
    node = reshape(broadcast_to(constant(np.float32(-0.0)), shape=(2, 2)), shape=(4,))
    found = matches(neg(K), neg(node))
    assert np.signbit(found["k"])
    assert found["k"].dtype == "float32"
    assert matches(neg(K), neg(graph_input(V))) is None
    assert number_of(constant(np.float32([1, 2]))) is None


def test_rules_fire_inputs_first_until_none_does():
    graph = parse_graph("""graph(%x: f32[]) {
  %0: f32[] = const 2.0
  %1: f32[] = neg(%x)
  %2: f32[] = mul(%1, %0)
  %3: f32[] = neg(%2)
  %4: f32[] = neg(%3)
  return %4, %3
}""")
    trace = []
    after = rewrite(graph, (double_negation, twice), trace)
    assert (
        after.text
        == """graph(%x: f32[]) {
  %0: f32[] = neg(%x)
  %1: f32[] = add(%0, %0)
  %2: f32[] = neg(%1)
  return %1, %2
}"""
    )
    assert trace == ["twice", "double_negation"]


def test_what_a_rule_makes_is_rewritten_too():
    @rule(abs(X))
    def explode(x):
        """|x|  ->  (--x) * 2"""
        return mul(neg(neg(x)), full_like(x, 2))

    x = graph_input(V, "x")
    after = rewrite(Graph((x,), (abs(x),)), (double_negation, twice, explode))
    assert after.outputs[0].primitive is add
    assert after.outputs[0].inputs == (x, x)


def test_new_steps_keep_the_users_line():
    x = graph_input(V, "x")
    source = Source("train.py", 12)
    with at(source):
        y = mul(x, broadcast_to(constant(np.float32(2)), shape=(3,)))
    assert rewrite(Graph((x,), (y,)), (twice,)).outputs[0].source == source


def test_a_graph_that_no_rule_touches_is_the_same_graph():
    x = graph_input(V, "x")
    graph = Graph((x,), (neg(x),))
    assert rewrite(graph, (double_negation, twice)) is graph


def test_a_rule_that_changes_a_type_is_refused():
    @rule(neg(X))
    def wrong(x):
        """-x  ->  x[None]"""
        return reshape(x, shape=(1, *x.shape))

    x = graph_input(V, "x")
    with at(Source("train.py", 12)):
        graph = Graph((x,), (neg(x),))
    with pytest.raises(
        GraphError, match=r"rule wrong must keep the type f32\[3\]; got f32\[1,3\].*train.py:12"
    ):
        rewrite(graph, (wrong,))


def test_rules_that_never_end_are_refused():
    @rule(add(X, Y))
    def swap(x, y):
        """x + y  ->  y + x"""
        return add(y, x)

    x, y = graph_input(V, "x"), graph_input(V, "y")
    with pytest.raises(GraphError, match="must come to an end.*swap: x \\+ y -> y \\+ x"):
        rewrite(Graph((x, y), (add(x, y),)), (swap,))


def test_long_chains_are_no_problem():
    x = graph_input(V, "x")
    y = x
    for _ in range(5000):
        y = neg(y)
    assert rewrite(Graph((x,), (y,)), (double_negation,)).outputs == (x,)


def test_a_rule_without_before_and_after_is_refused():
    with pytest.raises(TypeError, match="before -> after"):
        rule(neg(X))(lambda x: x)
    with pytest.raises(TypeError, match=r"arguments must be wildcards; got \['y'\]"):

        @rule(neg(X))
        def wrong(y):
            """-x  ->  y"""
            return y
