"""Compiled once with a symbolic length, primitives and their derivatives agree with the interpreter."""

import numpy as np
import pytest

from tests.prims.cases import CASES
from tests.prims.checks import N, at, filled, float_inputs, same
from wengert.base.dtypes import is_float
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.runtime.executable import Executable
from wengert.transforms.vjp import vjp

SIZES = (1, 3, 17, 0)  # 17: more than a vector register holds of any dtype but uint8


def recorded(case, dtype):
    """(inputs, output): N comes first, for parameters may need it where no input has it."""
    ins = [graph_input(t, f"x{k}") for k, t in enumerate(case.types(dtype))]
    out = case.prim(*ins, **case.params)
    return [graph_input(TensorType((N,)), "length"), *ins], out


def agree(graph, case, dtype, extra=()):
    run = Executable(graph, len(graph.inputs), [], {}).run
    for n in SIZES:
        if n < case.least:
            continue
        rng = np.random.default_rng(n)
        more = [np.asarray(rng.standard_normal(at(t, n).shape), t.dtype) for t in extra]
        args = [np.zeros(n, np.float32), *case.arrays(dtype, n), *more]
        for got, want in zip(run(args), evaluate(graph, args), strict=True):
            same(np.asarray(got), want, 64)


@pytest.mark.parametrize("case", [c for c in CASES if c.inputs], ids=str)
def test_compiled_value(case):
    for dtype in case.dtypes:
        ins, out = recorded(case, dtype)
        agree(Graph(tuple(ins), (out,)), case, dtype)


def differentiable(case):
    ins, out = recorded(case, case.main)
    return case.smooth and is_float(out.dtype) and bool(float_inputs(ins[1:]))


@pytest.mark.parametrize("case", [c for c in CASES if c.inputs and differentiable(c)], ids=str)
def test_compiled_derivative(case):
    ins, out = recorded(case, case.main)
    floats = float_inputs(ins[1:])
    g = graph_input(out.type, "g")
    back = Graph((*ins, g), tuple(filled(floats, vjp([out], floats, [g]))))
    agree(back, case, case.main, [out.type])
