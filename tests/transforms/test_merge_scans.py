from tests.transforms.passes import check_same
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import add, mul
from wengert.prims.control import item, scan
from wengert.prims.transcendental import sin, tanh
from wengert.transforms.cse import cse
from wengert.transforms.dce import dce
from wengert.transforms.merge_scans import merge_scans
from wengert.transforms.vjp import vjp

S, XS = TensorType(()), TensorType((4,))


def record(f, *types):
    ins = [graph_input(t, f"x{k}") for k, t in enumerate(types)]
    return Graph(tuple(ins), tuple(f(*ins)))


def looped(body, *operands, reverse=False):
    return scan(*operands, body=body, carries=1, length=4, reverse=reverse)


def scans(graph):
    return [n for n in graph.nodes if n.primitive is scan]


def test_scans_of_one_recurrence_become_one():
    a = record(lambda h, x: (tanh(add(h, x)), sin(h)), S, S)
    b = record(lambda h, x: (tanh(add(h, x)), mul(h, x), sin(h)), S, S)

    def two(h, xs):
        p, q = looped(a, h, xs), looped(b, h, xs)
        return item(p, index=0) + item(q, index=0), item(p, index=1), item(q, index=1), item(q, index=2)

    graph = record(two, S, XS)
    got = merge_scans(graph)
    (one,) = scans(got)
    assert len(one.type) == 3
    check_same(graph, got)


def test_other_recurrences_stay_apart():
    a = record(lambda h, x: (tanh(add(h, x)), sin(h)), S, S)
    b = record(lambda h, x: (sin(add(h, x)), sin(h)), S, S)

    def three(h, xs):
        return tuple(
            item(s, index=1) for s in (looped(a, h, xs), looped(b, h, xs), looped(a, h, xs, reverse=True))
        )

    graph = record(three, S, XS)
    assert merge_scans(graph) is graph


def test_training_a_recurrence_takes_one_scan_forward_and_one_back():
    body = record(lambda h, x: (tanh(add(h, x)), sin(h)), S, S)
    forward = record(lambda h, xs: tuple(item(looped(body, h, xs), index=k) for k in range(2)), S, XS)
    g = graph_input(XS, "g")
    grads = vjp(forward.outputs, forward.inputs, [None, g])
    graph = Graph((*forward.inputs, g), (*forward.outputs, *grads))
    got = dce(merge_scans(cse(graph)))
    assert [s.kwargs["reverse"] for s in scans(got)] == [False, True]
    check_same(graph, got)
