"""winograd: convolutions of 3 x 3 done in tiles where that is less work; the same values within the stated error."""

import numpy as np
import pytest

from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.convolution import conv, conv_input_grad
from wengert.prims.slicing import pad
from wengert.transforms.winograd import choose_tile, winograd

PLAIN = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
N = Dim.named("batch")


def convolution(x, k, dtype="float32", **params):
    ins = (graph_input(TensorType(x, dtype), "x"), graph_input(TensorType(k, dtype), "k"))
    return Graph(ins, (conv(*ins, **(PLAIN | params)),))


def gradient(g, k, in_shape, **params):
    ins = (graph_input(TensorType(g), "g"), graph_input(TensorType(k), "k"))
    return Graph(ins, (conv_input_grad(*ins, in_shape=in_shape, **(PLAIN | params)),))


def names(graph):
    return [n.primitive.name for n in graph.steps]


def tile_of(graph):
    return next((n.kwargs["tile"] for n in graph.steps if n.primitive.name == "winograd_output"), None)


def same_values(graph, n=1):
    rng = np.random.default_rng(0)
    args = [
        rng.standard_normal([n if isinstance(d, Dim) else d for d in t.shape], np.float32)
        for t in graph.in_types
    ]
    got, want = (evaluate(g, args)[0] for g in (winograd(graph), graph))
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, atol=1e-5 * np.abs(want).max())


def test_a_convolution_becomes_maps_around_a_product():
    graph = convolution((1, 32, 32, 64), (3, 3, 64, 64))
    assert names(winograd(graph)) == ["pad", "winograd_data", "winograd_kernel", "dot", "winograd_output"]
    same_values(graph)


def test_a_result_that_is_no_multiple_of_the_tile_is_cut():
    graph = convolution((1, 31, 29, 64), (3, 3, 64, 64), padding=((1, 1), (0, 2)))
    assert names(winograd(graph))[-1] == "slice"
    same_values(graph)


def test_one_program_serves_all_batches():
    graph = convolution((N, 8, 8, 64), (3, 3, 64, 48))
    assert tile_of(winograd(graph)) == 4
    for n in (0, 1, 3):
        same_values(graph, n) if n else evaluate(
            winograd(graph), [np.zeros((0, 8, 8, 64), "f4"), np.zeros((3, 3, 64, 48), "f4")]
        )


@pytest.mark.parametrize("padding", [((1, 1), (1, 1)), ((0, 0), (0, 0)), ((2, 0), (1, 2))])
def test_an_input_gradient_is_a_convolution_with_the_kernel_turned_round(padding):
    out = tuple(30 + sum(p) for p in padding)
    graph = gradient((2, *out, 128), (3, 3, 96, 128), (2, 32, 32, 96), padding=padding)
    assert "conv_input_grad" not in names(winograd(graph))
    same_values(graph)


@pytest.mark.parametrize(
    "graph",
    [
        convolution((1, 32, 32, 8), (3, 3, 8, 8)),  # too few channels
        convolution((1, 7, 7, 512), (3, 3, 512, 512)),  # more kernel than data
        convolution((1, 32, 32, 64), (5, 5, 64, 64)),
        convolution((1, 32, 32, 64), (3, 3, 64, 64), strides=(2, 2)),
        convolution((1, 32, 32, 64), (3, 3, 64, 64), dilation=(2, 2)),
        convolution((1, 32, 32, 128), (3, 3, 64, 128), groups=2),
        convolution((1, 32, 32, 64), (3, 3, 64, 64), dtype="float64"),
        convolution((1, N, 32, 64), (3, 3, 64, 64)),
        gradient((1, 36, 36, 64), (3, 3, 64, 64), (1, 32, 32, 64), padding=((3, 3), (3, 3))),
    ],
    ids=str,
)
def test_what_gains_nothing_stays(graph):
    assert names(winograd(graph)) == names(graph)


def test_users_can_turn_it_off(monkeypatch):
    graph = convolution((1, 32, 32, 64), (3, 3, 64, 64))
    monkeypatch.setenv("WENGERT_WINOGRAD", "0")
    assert names(winograd(graph)) == ["conv"]


def test_large_tiles_are_for_much_data_small_ones_for_much_kernel():
    assert choose_tile(1, (56, 56), 256, 256) == 4
    assert choose_tile(1, (14, 14), 512, 512) == 2
    assert choose_tile(1, (7, 7), 512, 512) is None
    assert choose_tile(1, (14, 14), 256, 256, missing=(2, 2)) == 2  # what it moves fits in a cache
    assert choose_tile(N, (32, 32), 16, 16) is None
    assert choose_tile(N, (26, 26), 64, 32) == 4
    assert choose_tile(N, (26, 26), 64, 32, missing=(6, 6)) is None  # a direct one leaves the border out


def test_a_border_made_before_is_left_out_by_a_direct_one_too():
    x, k = graph_input(TensorType((N, 16, 16, 32)), "x"), graph_input(TensorType((3, 3, 32, 32)), "k")
    border = {"low": (0, 1, 1, 0), "high": (0, 1, 1, 0), "interior": (0, 0, 0, 0)}
    outside = PLAIN | {"padding": ((0, 0), (0, 0))}
    zeros, ones = (Graph((x, k), (conv(pad(x, **border, value=v), k, **outside),)) for v in (0, 1))
    assert tile_of(winograd(convolution((N, 16, 16, 32), (3, 3, 32, 32)))) is None
    assert tile_of(winograd(zeros)) is None
    assert tile_of(winograd(ones)) == 4


def test_where_the_batch_is_unknown_tiles_pay_for_few_images_too():
    assert choose_tile(128, (4, 4), 512, 512, missing=(2, 2)) == 4
    assert choose_tile(N, (4, 4), 512, 512, missing=(2, 2)) is None  # 16 rows for each of 38 MB of kernel
    assert choose_tile(N, (14, 14), 512, 512) == 4


def test_a_kernel_that_is_packed_again_costs_more():
    assert choose_tile(16, (7, 7), 256, 256, missing=(2, 2)) == 4
    assert choose_tile(16, (7, 7), 256, 256, missing=(2, 2), flip=True) is None
