import numpy as np
import pytest

from tests.ir.graphs import mlp
from wengert.base.errors import GraphError
from wengert.ir.graph import Graph
from wengert.ir.node import Node, constant, graph_input
from wengert.ir.show import show_constant, show_graph
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import add

F32 = TensorType((), "float32")


def test_a_graph_reads_like_this():
    assert str(mlp()) == (
        "graph(%x: f32[batch,3], %w: f32[3,2]) {\n"
        "  %0: f32[batch,2] = dot(%x, %w, batch=((), ()), contract=((1,), (0,)))  # model.py:7\n"
        "  %1: f32[2] = const [0.1, -0.0]\n"
        "  %2: f32[batch,2] = broadcast_to(%1, shape=(batch, 2))  # model.py:7\n"
        "  %3: f32[batch,2] = add(%0, %2)  # model.py:7\n"
        "  %4: f32[] = const 0.5\n"
        "  %5: f32[batch,2] = broadcast_to(%4, shape=(batch, 2))  # gradient of model.py:8\n"
        "  %6: f32[batch,2] = mul(%3, %5)  # gradient of model.py:8\n"
        "  return %6, %3\n"
        "}"
    )


def test_equal_graphs_are_equal_whatever_their_sources():
    assert mlp() == mlp()
    assert hash(mlp()) == hash(mlp())
    assert "model.py" not in mlp().text


def test_graphs_that_differ_in_one_bit_of_a_constant_differ():
    def holding(value):
        return Graph((), (constant(value),))

    large = np.zeros(1000, "float32")
    other = large.copy()
    other[500] = -0.0
    assert holding(large) != holding(other)
    assert holding(np.float32(0.0)) != holding(np.float32(-0.0))


def test_large_constants_enter_the_hash_by_digest():
    large = constant(np.arange(100_000, dtype="float32"))
    assert len(show_graph(Graph((), (large,)), sources=False)) < 200


def test_inputs_get_readable_names_of_their_own():
    inputs = tuple(graph_input(F32, name) for name in ("x", "x", "my input", "0", "", "x.1"))
    head = str(Graph(inputs, ())).splitlines()[0]
    assert head == ("graph(%x: f32[], %x.1: f32[], %my_input: f32[], %_0: f32[], %_: f32[], %x.1.1: f32[]) {")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(0.1), "0.1"),
        (np.float64(0.1), "0.1"),
        (np.float32(-0.0), "-0.0"),
        (np.float32("nan"), "nan"),
        (np.float64("-inf"), "-inf"),
        (np.int64(-(2**63)), "-9223372036854775808"),
        (np.bool_(True), "True"),
        (np.zeros(0, "int32"), "[]"),
        (np.array([[1, 2]], "uint8"), "[1, 2]"),
        (np.full(1000, 0.5, "float32"), "full 0.5"),
        (np.frombuffer(b"\x01\x00\xc0\x7f", "float32")[0], 'base64 "AQDAfw=="'),
    ],
)
def test_constants_are_short_and_exact(value, text):
    assert show_constant(np.asarray(value)) == text


def test_a_parameter_without_a_text_form_is_refused():
    x = graph_input(F32)
    bad = Node(add, (x, x), (("f", object()),), F32)
    with pytest.raises(GraphError, match="parameter must be an int.*got <object"):
        str(Graph((x,), (bad,)))
