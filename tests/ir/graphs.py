"""Graphs for the tests of what reads, checks and rewrites graphs."""

import numpy as np

from tests.prims.cases import CASES
from tests.prims.checks import N
from wengert.ir.graph import Graph
from wengert.ir.node import constant, graph_input
from wengert.ir.source import Source, at
from wengert.ir.types import TensorType


def of_case(case):
    """The primitive of a row, alone, on symbolic lengths; a last input binds them."""
    dtype = case.main if case.smooth else case.dtypes[0]
    inputs = tuple(graph_input(t, f"x{k}") for k, t in enumerate(case.types(dtype)))
    with at(Source("/home/user/train.py", 12)):
        out = case.prim(*inputs, **case.params)
    return Graph((*inputs, graph_input(TensorType((N,)), "n")), (out,))


def mlp():
    """tanh(x @ w + b) * 0.5, with symbolic batch, constants and sources."""
    x = graph_input(TensorType.parse("f32[batch,3]"), "x")
    w = graph_input(TensorType.parse("f32[3,2]"), "w")
    with at(Source("model.py", 7)):
        h = x @ w + constant(np.array([0.1, -0.0], "float32"))
    with at(Source("model.py", 8, gradient=1)):
        y = h * 0.5
    return Graph((x, w), (y, h))


def recorded_cases():
    """One graph per row, with its name."""
    return [(str(c), of_case(c)) for c in CASES]
