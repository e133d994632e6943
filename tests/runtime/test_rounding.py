"""How far a convolution may be off where it is done in tiles."""

import numpy as np
import pytest

from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.convolution import conv, conv_input_grad
from wengert.runtime.executable import Executable
from wengert.runtime.montecarlo import disagreement
from wengert.runtime.rounding import error_of

SAME = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}


def graph_of(prim, x, k, **params):
    ins = (graph_input(TensorType.parse(x), "x"), graph_input(TensorType.parse(k), "k"))
    return Graph(ins, (prim(*ins, **SAME, **params),))


GRAPHS = {
    "forward": graph_of(conv, "f32[n,10,13,32]", "f32[3,3,32,48]"),
    "gradient": graph_of(
        conv_input_grad, "f32[2,16,16,48]", "f32[3,3,32,48]", in_shape=(2, 16, 16, 32)
    ),
}  # fmt: skip
EVERY = pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)


def arguments(graph, seed=0):
    rng = np.random.default_rng(seed)
    return [
        rng.standard_normal([n if isinstance(n, int) else 2 for n in t.shape], np.float32)
        for t in graph.in_types
    ]


def compiled(graph, args):
    return np.array(Executable(graph, len(args), [], {}).run(args)[0])


def complaint(graph, args, got):
    return disagreement(graph, args, [got], np.random.default_rng(0))[0]


@EVERY
def test_a_large_element_is_felt_in_its_whole_tile(graph):
    args = arguments(graph)
    args[0][:, 4, 5] *= 1e5
    got = compiled(graph, args)
    assert complaint(graph, args, got) is None


@EVERY
def test_what_is_wrong_is_still_found(graph):
    args = arguments(graph)
    got = compiled(graph, args)
    got[0, 3, 2, 1] += 1e-2 * np.abs(got).max()
    assert "output 0: 1 of" in complaint(graph, args, got)


@EVERY
def test_an_infinity_loses_its_tile_and_no_more(graph):
    args = arguments(graph)
    args[0][1, 0, 0, 3] = np.inf
    got = compiled(graph, args)
    assert complaint(graph, args, got) is None
    assert np.isfinite(got[0]).all()
    assert np.isfinite(got[1, 7:]).all()


def test_turned_off_the_bound_is_that_of_the_sum(monkeypatch):
    graph, args = GRAPHS["gradient"], arguments(GRAPHS["gradient"])
    params = dict(graph.outputs[0].params)
    out = compiled(graph, args)
    wide = error_of("conv_input_grad", tuple(args), out, params)
    monkeypatch.setenv("WENGERT_WINOGRAD", "0")
    assert (error_of("conv_input_grad", tuple(args), out, params) < wide).any()
