import numpy as np

from tests.transforms.passes import check_same, expect
from wengert.ir.graph import Graph
from wengert.ir.node import constant, graph_input
from wengert.ir.parse import parse_graph
from wengert.ir.types import TensorType
from wengert.ir.verify import verify
from wengert.prims.control import cond, item, scan, while_loop
from wengert.prims.logic import less
from wengert.prims.movement import broadcast_to
from wengert.prims.transcendental import sin, tanh
from wengert.transforms.dce import dce
from wengert.transforms.vjp import vjp

S, COUNT, BOOL = TensorType(()), TensorType((), "int64"), TensorType((), "bool")


def record(f, *types):
    ins = [graph_input(t, f"x{k}") for k, t in enumerate(types)]
    return Graph(tuple(ins), tuple(f(*ins)))


def test_a_graph_without_control_flow_is_the_same_graph():
    graph = record(lambda x: (sin(x),), S)
    assert dce(graph) is graph


def test_results_of_a_cond_that_nobody_takes_go_with_their_operands():
    true = record(lambda x, y, z: (sin(x), y, z), S, S, S)
    false = record(lambda x, y, z: (x, y * z, y), S, S, S)
    graph = record(
        lambda p, x, y, z: (item(cond(p, x, y, z, true=true, false=false), index=1),), BOOL, S, S, S
    )
    got = dce(graph)
    assert got.text == expect("""
        graph(%x0: b1[], %x1: f32[], %x2: f32[], %x3: f32[]) {
          %0: (f32[],) = cond(%x0, %x2, %x3, false=graph(%x1: f32[], %x2: f32[]) {
            %0: f32[] = mul(%x1, %x2)
            return %0
          }, true=graph(%x1: f32[], %x2: f32[]) {
            return %x1
          })
          %1: f32[] = item(%0, index=0)
          return %1
        }""")
    check_same(graph, got)


def test_carries_live_as_long_as_a_result_needs_them():
    """x4 moves x3, x3 moves x2, whose result is taken; x1 is nobody's."""
    test = record(lambda n, a, b, c, d: (less(n, np.int64(3)),), COUNT, S, S, S, S)
    body = record(lambda n, a, b, c, d: (n + 1, sin(a), b * c, c + d, d), COUNT, S, S, S, S)
    graph = record(
        lambda n, *xs: (item(while_loop(n, *xs, cond=test, body=body), index=2),), COUNT, S, S, S, S
    )
    got = dce(graph)
    (loop,) = (n for n in got.nodes if n.primitive is while_loop)
    assert [i.name for i in loop.inputs] == ["x0", "x2", "x3", "x4"]
    check_same(graph, got)


def test_a_scan_keeps_what_its_results_need():
    xs = TensorType((4,))
    body = record(lambda a, b, x, y: (a + x, b * y, tanh(a), b), S, S, S, S)
    params = {"body": body, "carries": 2, "length": 4, "reverse": False}
    graph = record(lambda a, b, x, y: (item(scan(a, b, x, y, **params), index=2),), S, S, xs, xs)
    got = dce(graph)
    (loop,) = (n for n in got.nodes if n.primitive is scan)
    assert [i.name for i in loop.inputs] == ["x0", "x2"]
    assert loop.kwargs["carries"] == 1
    assert [str(t) for t in loop.type] == ["f32[]", "f32[4]"]
    check_same(graph, got)


def test_the_backward_scan_leaves_out_gradients_that_nobody_asked_for():
    xs = TensorType((4,))
    body = record(lambda w, h, x: (w, tanh(w * h + x), h), S, S, S)
    params = {"body": body, "carries": 2, "length": 4, "reverse": False}
    forward = record(lambda w, h, x: (item(scan(w, h, x, **params), index=1),), S, S, xs)
    g = graph_input(S, "g")
    (gw,) = vjp(forward.outputs, forward.inputs[:1], [g])
    graph = Graph((*forward.inputs, g), (gw,))
    got = verify(dce(graph))
    (backward,) = (n for n in got.nodes if n.primitive is scan and n.kwargs["reverse"])
    assert len(backward.type) < len(
        next(n for n in graph.nodes if n.primitive is scan and n.kwargs["reverse"]).type
    )
    check_same(graph, got)


def test_what_only_a_dropped_result_needed_goes_too():
    """The second scan's unused carry was the only reader of the first scan."""
    body = record(lambda a, b: (a + 1.0, sin(b)), S, S)
    params = {"body": body, "carries": 2, "length": 3, "reverse": False}

    def two(a, b):
        first = scan(a, b, **params)
        second = scan(a, item(first, index=1), **params)
        return (item(second, index=0),)

    got = dce(record(two, S, S))
    assert [n.primitive.name for n in got.steps] == ["scan", "item"]
    check_same(record(two, S, S), got)


def test_control_flow_survives_a_round_trip():
    body = record(lambda a, x: (a + x, sin(a)), S, S)
    params = {"body": body, "carries": 1, "length": 4, "reverse": True}
    graph = record(lambda a, x: (item(scan(a, x, **params), index=1),), S, TensorType((4,)))
    again = parse_graph(str(graph))
    assert str(again) == str(graph)
    check_same(graph, again)


def test_an_operand_stays_that_alone_tells_a_length():
    row = TensorType.parse("f32[n]")
    zeros = record(lambda x, y: (broadcast_to(constant(np.float32(0)), shape=x.shape),), row, S)
    graph = record(lambda p, x, y: (item(cond(p, x, y, true=zeros, false=zeros), index=0),), BOOL, row, S)
    got = dce(graph)
    check_same(graph, got)
    assert got.outputs[0].inputs[0].inputs == got.inputs[:2]
