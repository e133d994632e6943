from tests.transforms.passes import check_same
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import add, mul
from wengert.prims.contraction import dot
from wengert.prims.control import item, scan
from wengert.prims.transcendental import tanh
from wengert.transforms.cse import cse
from wengert.transforms.dce import dce
from wengert.transforms.keep_steps import keep_steps
from wengert.transforms.merge_scans import merge_scans
from wengert.transforms.vjp import vjp

H, W, XS = TensorType.parse("f32[2,3]"), TensorType.parse("f32[3,3]"), TensorType.parse("f32[4,2,3]")


def record(f, *types):
    inputs = [graph_input(t, f"x{k}") for k, t in enumerate(types)]
    return Graph(tuple(inputs), tuple(f(*inputs)))


def matmul(x, w):
    return dot(x, w, contract=((1,), (0,)), batch=((), ()))


def trained(step):
    """The last state of a scan over `step` and its gradients, as the compiler sees them before the pass."""
    body = record(lambda h, w, x: (step(h, w, x), w), H, W, TensorType.parse("f32[2,3]"))
    forward = record(
        lambda h, w, xs: (item(scan(h, w, xs, body=body, carries=2, length=4, reverse=False), index=0),),
        *(H, W, XS),
    )
    g = graph_input(H, "g")
    grads = vjp(forward.outputs, forward.inputs, [g])
    return dce(merge_scans(cse(Graph((*forward.inputs, g), (*forward.outputs, *grads)))))


def bodies(graph):
    """The names of the steps in the body of each scan."""
    return [[s.primitive.name for s in n.kwargs["body"].steps] for n in graph.nodes if n.primitive is scan]


def test_the_way_back_takes_what_costs_much_and_computes_the_rest():
    before = trained(lambda h, w, x: mul(tanh(add(matmul(h, w), x)), x))
    after = dce(keep_steps(before))
    forward, back = bodies(after)
    assert "tanh" not in back
    assert back.count("dot") == bodies(before)[1].count("dot") - 1 == 2  # for the state and for the weight
    assert forward == bodies(before)[0]
    check_same(before, after)


def test_what_the_first_scan_gives_already_is_given_once():
    body = record(
        lambda h, w, x: ((y := tanh(add(matmul(h, w), x))), w, y), H, W, TensorType.parse("f32[2,3]")
    )
    forward = record(
        lambda h, w, xs: (item(scan(h, w, xs, body=body, carries=2, length=4, reverse=False), index=2),),
        H,
        W,
        XS,
    )
    g = graph_input(XS, "g")
    grads = vjp(forward.outputs, forward.inputs, [g])
    before = dce(merge_scans(cse(Graph((*forward.inputs, g), (*forward.outputs, *grads)))))
    after = dce(keep_steps(before))
    first = next(n for n in after.nodes if n.primitive is scan)
    assert len(first.type) == 4  # the carries, all outputs, and the states that the way back needs
    check_same(before, after)


def test_cheap_steps_are_computed_again():
    graph = trained(lambda h, w, x: mul(add(h, x), add(h, x)))
    assert keep_steps(graph) is graph


def test_what_does_not_change_from_step_to_step_is_not_stacked():
    before = trained(lambda h, w, x: mul(h, matmul(x, tanh(w))))
    after = dce(keep_steps(before))
    assert "tanh" in bodies(after)[1]
    check_same(before, after)


def test_scans_of_other_lengths_or_weights_share_nothing():
    body = record(lambda h, w, x: (tanh(matmul(h, w)), w, h), H, W, TensorType.parse("f32[2,3]"))
    late = record(lambda h, w, x: (add(h, tanh(matmul(x, w))), w), H, W, TensorType.parse("f32[2,3]"))

    def two(h, w, v, xs):
        t = scan(h, w, xs, body=body, carries=2, length=4, reverse=False)
        return (item(scan(h, v, item(t, index=2), body=late, carries=2, length=4, reverse=True), index=0),)

    graph = record(two, H, W, W, XS)
    assert keep_steps(graph) is graph
