"""explicit_padding: the same values, and a contraction form for every convolution."""

import numpy as np
import pytest

from tests.prims.cases import CONVOLUTION
from tests.prims.checks import N
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.convolution import conv_input_grad
from wengert.transforms.explicit_padding import explicit_padding

CONVOLUTIONS = {"conv", "conv_input_grad", "conv_kernel_grad"}


@pytest.mark.parametrize("case", CONVOLUTION, ids=str)
def test_values_stay_and_every_convolution_has_a_form(case):
    ins = [graph_input(t, f"x{k}") for k, t in enumerate(case.types("float64"))]
    length = graph_input(TensorType((N,)), "length")  # tells N where no input has it as it is
    graph = Graph((length, *ins), (case.prim(*ins, **case.params),))
    padded = explicit_padding(graph)
    found = [n for n in padded.steps if n.primitive.name in CONVOLUTIONS]
    assert found
    for n in found:
        assert n.primitive.contract(*(i.type for i in n.inputs), **n.kwargs) is not None
    for n in (2, 3):
        xs = case.arrays("float64", n)
        xs = [np.zeros(n, np.float32), *xs]
        np.testing.assert_allclose(evaluate(padded, xs)[0], evaluate(graph, xs)[0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("length", [1, 2, 5, 8, 9])
@pytest.mark.parametrize("padding", [(0, 0), (1, 0), (2, 1), (3, 3)])
@pytest.mark.parametrize(("window", "stride"), [(1, 2), (2, 2), (3, 2), (3, 3), (2, 3), (5, 2), (7, 4)])
def test_strided_gradients_are_taken_apart(length, padding, window, stride):
    """Each phase of a stride is a convolution of its own, whatever of the input no window meets."""
    out = (length + sum(padding) - window) // stride + 1
    if out < 1:
        return
    g = graph_input(TensorType((2, out, 3), "float64"), "g")
    k = graph_input(TensorType((window, 2, 3), "float64"), "k")
    params = {"strides": (stride,), "padding": (padding,), "dilation": (1,), "groups": 1}
    graph = Graph((g, k), (conv_input_grad(g, k, in_shape=(2, length, 2), **params),))
    apart = explicit_padding(graph)
    assert all(n.kwargs["strides"] == (1,) for n in apart.steps if n.primitive is conv_input_grad)
    rng = np.random.default_rng(0)
    args = [rng.standard_normal(i.shape) for i in graph.inputs]
    np.testing.assert_allclose(evaluate(apart, args)[0], evaluate(graph, args)[0], rtol=1e-12, atol=1e-13)
