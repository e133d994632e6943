import numpy as np

from tests.transforms.passes import after, expect
from wengert.ir.graph import Graph
from wengert.ir.node import constant, graph_input
from wengert.ir.source import Source, at
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import add
from wengert.prims.transcendental import sin
from wengert.transforms.cse import cse


def test_equal_steps_become_one():
    got = after(
        cse,
        """
        graph(%x: f32[n], %y: f32[n]) {
          %0: f32[n] = sin(%x)
          %1: f32[n] = sin(%x)
          %2: f32[n] = sub(%0, %y)
          %3: f32[n] = sub(%1, %y)
          %4: f32[n] = sub(%y, %1)
          return %2, %3, %4
        }""",
    )
    assert got == expect("""
        graph(%x: f32[n], %y: f32[n]) {
          %0: f32[n] = sin(%x)
          %1: f32[n] = sub(%0, %y)
          %2: f32[n] = sub(%y, %0)
          return %1, %1, %2
        }""")


def test_the_order_of_a_sum_does_not_matter():
    got = after(
        cse,
        """
        graph(%x: f32[n], %y: f32[n]) {
          %0: f32[n] = add(%x, %y)
          %1: f32[n] = add(%y, %x)
          %2: f32[n] = mul(%0, %1)
          return %2
        }""",
    )
    assert got == expect("""
        graph(%x: f32[n], %y: f32[n]) {
          %0: f32[n] = add(%x, %y)
          %1: f32[n] = mul(%0, %0)
          return %1
        }""")


def test_zeros_of_different_sign_stay_apart():
    text = expect("""
        graph(%x: f32[n]) {
          %0: f32[] = const 0.0
          %1: f32[] = const -0.0
          %2: f32[n + 1] = pad(%x, high=(1,), interior=(0,), low=(0,), value=0.0)
          %3: f32[n + 1] = pad(%x, high=(1,), interior=(0,), low=(0,), value=-0.0)
          return %0, %1, %2, %3
        }""")
    assert after(cse, text) == text


def test_large_constants_become_one_too():
    a, b = (constant(np.arange(1000.0)) for _ in range(2))
    x, y = cse(Graph((), (a, b))).outputs
    assert x is y


def test_the_first_keeps_its_source():
    x = graph_input(TensorType(()), "x")
    with at(Source("a.py", 1)):
        first = sin(x)
    with at(Source("b.py", 2)):
        second = sin(x)
    (out,) = cse(Graph((x,), (add(first, second),))).outputs
    assert out.inputs == (first, first)


def test_a_graph_without_repetition_is_the_same_graph():
    x = graph_input(TensorType(()), "x")
    graph = Graph((x,), (sin(x),))
    assert cse(graph) is graph
