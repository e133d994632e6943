import pytest

from tests.transforms.passes import check_same
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import add, mul
from wengert.prims.control import item, scan, while_loop
from wengert.prims.logic import less
from wengert.transforms.forward_invariants import forward_invariants

S, XS = TensorType(()), TensorType((4,))


def record(f, *types):
    ins = [graph_input(t, f"x{k}") for k, t in enumerate(types)]
    return Graph(tuple(ins), tuple(f(*ins)))


BODY = record(lambda h, w, x: (add(h, mul(w, x)), w, x), S, S, S)


def test_an_invariant_of_a_scan_is_its_operand():
    def f(h, w, xs):
        t = scan(h, w, xs, body=BODY, carries=2, length=4, reverse=False)
        return item(t, index=0), item(t, index=1), item(t, index=2)

    graph = record(f, S, S, XS)
    got = forward_invariants(graph)
    check_same(graph, got)
    assert got.outputs[1] is got.inputs[1]
    assert [o.primitive for o in got.outputs] == [item, None, item]  # a row that is stacked is no carry


def test_an_invariant_of_a_while_loop_is_its_operand():
    test = record(lambda h, w: (less(h, w),), S, S)
    body = record(lambda h, w: (add(h, h), w), S, S)
    graph = record(lambda h, w: (item(while_loop(h, w, cond=test, body=body), index=1),), S, S)
    assert forward_invariants(graph).outputs == graph.inputs[1:]


@pytest.mark.parametrize("reverse", [False, True])
def test_carries_that_swap_are_no_invariants(reverse):
    swap = record(lambda a, b, x: (b, a), S, S, S)

    def f(a, b, xs):
        return (item(scan(a, b, xs, body=swap, carries=2, length=4, reverse=reverse), index=0),)

    graph = record(f, S, S, XS)
    assert forward_invariants(graph) is graph
