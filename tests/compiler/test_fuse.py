"""Fusion: what becomes one kernel, what is kept in memory, what is computed again."""

import numpy as np
import pytest

import wengert as wg
from tests.compiler.graphs import computed, fused, kernels, names, record
from wengert.compiler.cluster import kept
from wengert.compiler.fuse import fuse
from wengert.compiler.pipeline import optimize
from wengert.ir.node import same
from wengert.ir.primitive import REGISTRY
from wengert.transforms.vjp import vjp_graph


def test_a_chain_of_pointwise_steps_is_one_kernel():
    assert kernels(lambda x, y: wg.tanh(x * y + 1.0) - y, "f32[n,8]", "f32[n,8]") == [["sub"]]


def test_softmax_of_rows_is_one_kernel():
    def softmax(x):
        e = wg.exp(x - wg.max(x, axis=1, keepdims=True))
        return e / wg.sum(e, axis=1, keepdims=True)

    assert kernels(softmax, "f32[n,10]") == [["div"]]


def test_a_normalisation_of_rows_is_one_kernel():
    def normalise(x):
        d = x - wg.mean(x, axis=1, keepdims=True)
        return d * wg.rsqrt(wg.mean(d * d, axis=1, keepdims=True) + 1e-5)

    assert len(kernels(normalise, "f32[n,64]")) == 1


def test_long_rows_are_stored_not_summed_again():
    def centre(x):
        return x - wg.mean(x, axis=1, keepdims=True)

    assert len(kernels(centre, "f32[n,64]")) == 1
    assert len(kernels(centre, "f32[n,100000]")) == 2


def test_columns_are_summed_before_they_are_used():
    clusters = kernels(lambda x: x - wg.sum(x, axis=0), "f32[n,64]")
    assert [c[0] for c in clusters] == ["reduce_sum", "sub"]


def test_a_root_is_taken_once_a_column_though_a_product_comes_before_it_is_repeated():
    def scale(x, variance, gamma):
        return x * (wg.rsqrt(variance + 1e-5) * gamma)

    assert kernels(scale, "f32[n,64]", "f32[64]", "f32[64]") == [["rsqrt"], ["mul"]]
    assert kernels(scale, "f32[n,64]", "f32[n,1]", "f32[n,1]") == [["mul"]]  # once a row anyway


def test_a_cheap_value_is_computed_where_it_is_needed():
    def two(x):
        y = x + 1.0
        return wg.sum(y, axis=0), y.T * 2.0

    assert not [c for c in kernels(two, "f32[n,64]") if "add" in c]


def test_a_costly_value_with_two_consumers_is_kept():
    def two(x):
        y = wg.exp(x)
        return wg.sum(y, axis=0), wg.sum(y * y, axis=1)

    assert ["exp"] in kernels(two, "f32[n,640]")


def test_a_value_repeated_along_outer_axes_is_kept_if_it_is_costly():
    def outer(x, y):
        return wg.exp(x) * y  # x has no first axis: exp would run for each row

    assert ["exp"] in kernels(outer, "f32[64]", "f32[n,64]")
    assert kernels(lambda x, y: (x + 1.0) * y, "f32[64]", "f32[n,64]") == [["mul"]]


def test_pointwise_work_rides_in_the_epilogue_of_a_product():
    def layer(x, w, b):
        return wg.maximum(x @ w + b, 0.0)

    (cluster,) = fused(layer, "f32[n,64]", "f32[64,32]", "f32[32]").clusters
    assert cluster.kind == "contract"
    assert names(cluster) == ["maximum"]


def test_a_product_that_others_need_too_is_stored_beside_its_epilogue():
    def layer(x, w):
        y = x @ w
        return wg.tanh(y), y

    (cluster,) = fused(layer, "f32[n,64]", "f32[64,32]").clusters
    assert sorted(names(cluster)) == ["dot", "tanh"]


def kept_of_the_first_product(activation):
    """What is kept of `x @ w`, where the gradients of a layer behind it are asked for."""
    forward = record(lambda x, w, v: activation(x @ w) @ v, "f32[n,64]", "f32[64,640]", "f32[640,64]")
    graph = optimize(vjp_graph(forward, [True] * 3))
    clusters = fuse(graph).clusters
    return next(names(c) for c in clusters if c.core is not None and same(c.core.inputs, graph.inputs[:2]))


@pytest.mark.parametrize("activation", [wg.activations.gelu, wg.activations.silu])
def test_an_epilogue_hands_the_way_back_a_derivative_not_what_it_is_made_of(activation):
    assert kept_of_the_first_product(activation) == ["mul", "add"]


def test_a_derivative_that_follows_from_the_result_is_not_kept_beside_it():
    assert kept_of_the_first_product(wg.tanh) == ["tanh"]


def test_a_reduction_does_not_ride_in_an_epilogue():
    clusters = fused(lambda x, w: wg.sum(wg.exp(x @ w), axis=1), "f32[n,64]", "f32[64,32]").clusters
    assert [c.kind for c in clusters] == ["contract", "nest"]


def test_two_products_do_not_share_a_kernel():
    clusters = fused(lambda x, w: x @ w + x @ (w * 2.0), "f32[n,8]", "f32[8,8]").clusters
    assert [c.kind for c in clusters if c.kind == "contract"] == ["contract"] * 2


def test_siblings_over_the_same_data_are_one_pass():
    assert len(kernels(lambda x: (wg.exp(x), wg.sin(x), x * x), "f32[n,64]")) == 1


def test_sums_over_the_same_data_are_one_pass_though_one_of_them_updates_state():
    def step(v, x, y):
        return v - wg.sum(x, axis=0), y * wg.sum(x * y, axis=0)

    graph = optimize(record(step, "f32[16]", "f32[n,16]", "f32[n,16]"))
    clusters = fuse(graph, graph.outputs[:1]).clusters
    assert [names(c) for c in clusters] == [["reduce_sum", "reduce_sum"], ["sub"], ["mul"]]


def test_siblings_over_different_data_stay_apart():
    assert len(kernels(lambda x, y: (wg.exp(x), wg.exp(y)), "f32[n,64]", "f32[n,64]")) == 2


def test_siblings_with_a_kernel_between_them_stay_apart():
    def f(x):
        y = wg.exp(x)
        return y, x * wg.sum(y, axis=0)  # needs all of y

    clusters = fused(f, "f32[n,64]").clusters
    assert not any({"exp", "mul"} <= set(names(c)) for c in clusters)


def test_adam_of_one_parameter_is_one_kernel_that_writes_three_buffers():
    def adam(p, g, m, v, rate):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        return p - rate * m / (wg.sqrt(v) + 1e-8), m, v

    t = "f32[64,32]"
    (cluster,) = fused(adam, t, t, t, t, "f32[]").clusters
    assert len(cluster.roots) == 3
    assert all(cluster.leaves[n] for n in cluster.leaves if n.shape)


def test_views_are_read_in_place():
    def f(x):
        return wg.reshape(x.T[1:3], (2, -1, 1)) * 2.0

    assert kernels(f, "f32[5,8]") == [["mul"]]


def test_a_view_of_a_kept_value_is_not_copied_for_a_product():
    assert len(kernels(lambda x, w: x.T @ w, "f32[64,32]", "f32[64,8]")) == 1


def test_what_a_product_reads_is_kept():
    clusters = fused(lambda x, w: wg.tanh(x) @ w, "f32[n,64]", "f32[64,8]").clusters
    assert [names(c) for c in clusters] == [["tanh"], ["dot"]]


def test_a_product_of_flattened_axes_reads_them_without_gaps():
    def f(x, w):
        return wg.reshape(wg.exp(x), (-1, 64)) @ w

    assert [c[0] for c in kernels(f, "f32[n,8,8]", "f32[64,8]")] == ["exp", "dot"]


def test_random_bits_are_not_drawn_twice():
    def drop(x):
        bits = REGISTRY["random_bits"](np.int64(1), np.int64(0), shape=x.shape)
        keep = bits > np.uint32(2**31)
        return wg.where(keep, x, 0.0), wg.sum(wg.where(keep, x * x, 0.0), axis=0)

    clusters = fused(drop, "f32[n,640]").clusters
    assert len(clusters) > 1
    assert ["random_bits" in computed(c) for c in clusters].count(True) == 1


def test_no_kernel_stores_what_nobody_reads():
    def f(x, w):
        y = wg.exp(x @ w)
        return wg.sum(y * 2.0, axis=1) + wg.sum(y, axis=1)

    graph = optimize(record(f, "f32[n,16]", "f32[16,16]"))
    fusion = fuse(graph)
    read = {kept(leaf, fusion.views) for c in fusion.clusters for leaf in c.leaves} | set(graph.outputs)
    assert {r for c in fusion.clusters for r in c.roots} <= read


@pytest.mark.parametrize("outputs", [1, 7, 8, 9, 20])
def test_a_kernel_stores_at_most_eight_values(outputs):
    def f(x):
        return tuple(x * float(k + 2) for k in range(outputs))

    sizes = [len(c.roots) for c in fused(f, "f32[n,64]").clusters]
    assert sum(sizes) == outputs
    assert max(sizes) <= 8


def test_a_chain_of_shifted_sums_does_not_grow_without_bound():
    """Sums over all prefixes by doubling: each step reads the one before at two places."""

    def prefixes(x):
        for k in (1, 2, 4, 8, 16, 32, 64, 128, 256):
            x = x + wg.pad(x[:-k], ((k, 0),))
        return x

    assert len(kernels(prefixes, "f32[512]")) == 9


def test_what_follows_tiles_is_their_epilogue():
    def layer(x, k, b):
        same = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
        return wg.maximum(REGISTRY["conv"](x, k, **same) + b, 0.0)

    clusters = kernels(layer, "f32[n,16,16,64]", "f32[3,3,64,64]", "f32[64]")
    assert sorted(c[-1] for c in clusters) == ["dot", "maximum", "pad", "winograd_data", "winograd_kernel"]
