from wengert.ir.node import graph_input
from wengert.ir.source import Source, at
from wengert.ir.types import TensorType
from wengert.prims.transcendental import tanh
from wengert.transforms.saved import saved
from wengert.transforms.vjp import vjp


def test_what_is_kept_for_whom_and_how_large():
    x, w = graph_input(TensorType.parse("f32[batch,3]"), "x"), graph_input(TensorType.parse("f32[3,2]"), "w")
    with at(Source("model.py", 7)):
        h = x @ w
        y = tanh(h) * 2.0
    grads = vjp([y], [w], [graph_input(y.type, "g")])
    kept = saved([y], grads)
    assert [str(k) for k in kept] == [
        "input x: f32[batch,3], 12*batch bytes [None], needed by dot [gradient of model.py:7]",
        "tanh: f32[batch,2], 8*batch bytes [model.py:7], needed by mul [gradient of model.py:7]",
    ]


def test_numbers_and_what_nobody_reads_are_left_out():
    x = graph_input(TensorType((3,)), "x")
    y = tanh(x * 2.0) + 1.0
    z = y * 0.5
    grads = vjp([z], [x], [graph_input(y.type, "g")])
    assert [k.value.primitive for k in saved([z], grads)] == [tanh]
