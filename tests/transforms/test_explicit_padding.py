"""explicit_padding: the same values, and a contraction form for every convolution."""

import numpy as np
import pytest

from tests.prims.cases import CONVOLUTION
from tests.prims.checks import N
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
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
