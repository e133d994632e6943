"""Running order: what is needed comes first, state is overwritten last."""

import numpy as np
import pytest

import wengert as wg
from tests.compiler.graphs import fused, names, planned, record
from wengert.compiler.fuse import fuse
from wengert.compiler.order import order_clusters
from wengert.compiler.pipeline import optimize
from wengert.compiler.steps import Check, Launch
from wengert.ir.dim import Dim, typical


def ordered(f, *types, donated=None):
    """(the stored primitives of each kernel in running order, {output: input that it overwrites})"""
    graph = optimize(record(f, *types))
    order, in_place = order_clusters(graph, fuse(graph), donated or {})
    number = {n: k for nodes in (graph.inputs, graph.outputs) for k, n in enumerate(nodes)}
    places = {number[r]: number[i] for r, i in in_place.items()}
    return [names(c) for c in order], places


def test_producers_run_before_their_readers():
    order, _ = ordered(lambda x, w: wg.exp(x @ w) @ wg.tanh(w), "f32[n,8]", "f32[8,8]")
    assert order[-1] == ["dot"]
    assert sorted(map(tuple, order[:-1])) == [("exp",), ("tanh",)]


def test_what_is_made_of_inputs_alone_runs_right_before_it_is_read():
    def f(x, v, w):
        return wg.exp(x @ wg.flip(v)) @ wg.flip(w)

    order, _ = ordered(f, "f32[n,512]", "f32[512,512]", "f32[512,256]")
    assert order == [["reverse"], ["exp"], ["reverse"], ["dot"]]


def test_state_is_overwritten_in_place():
    order, places = ordered(lambda v, g: (v - g * 0.1,), "f32[8]", "f32[8]", donated={0: 0})
    assert places == {0: 0}
    assert len(order) == 1


def test_state_is_overwritten_after_its_last_reader():
    def f(v, x):
        return x @ v, v * 2.0

    order, places = ordered(f, "f32[8,8]", "f32[n,8]", donated={1: 0})
    assert places == {1: 0}
    assert order == [["dot"], ["mul"]]


def test_readers_of_views_of_state_count_too():
    def f(v, x):
        return x @ v.T, v * 2.0

    order, _ = ordered(f, "f32[8,8]", "f32[n,8]", donated={1: 0})
    assert order == [["dot"], ["mul"]]


def test_state_is_overwritten_after_all_that_can_fail():
    def f(v, table, labels):
        return wg.sum(wg.take(table, labels, axis=0), axis=0), v + 1.0

    plan = planned(f, "f32[8]", "f32[5,8]", "i64[n]", donated={1: 0})
    at = {type(s).__name__: k for k, s in enumerate(plan.steps)}
    stores = [k for k, s in enumerate(plan.steps) if isinstance(s, Launch)]
    assert at[Check.__name__] < stores[-1]
    assert "add" in names_of(plan.steps[stores[-1]])
    assert all("add" not in names_of(plan.steps[k]) for k in stores[:-1])


def names_of(launch):
    return [n.primitive.name for n in launch.nodes]


def test_a_value_that_needs_all_of_the_old_one_goes_elsewhere():
    _, places = ordered(lambda v: (wg.flip(v) - 1.0,), "f32[8]", donated={0: 0})
    assert places == {}


def test_two_that_need_each_others_old_value_are_not_both_in_place():
    def f(v, w):
        return v + wg.sum(w, axis=0), w - wg.sum(v, axis=1, keepdims=True)

    _, places = ordered(f, "f32[2000,3000]", "f32[2000,3000]", donated={0: 0, 1: 1})
    assert len(places) < 2


def test_two_that_need_each_others_old_elements_are_in_place_in_one_kernel():
    order, places = ordered(lambda v, w: (v + w, v - w), "f32[2000]", "f32[2000]", donated={0: 0, 1: 1})
    assert len(order) == 1
    assert places == {0: 0, 1: 1}


def test_what_frees_memory_runs_first():
    def f(x, y):
        a, b = wg.exp(x), wg.exp(y)
        return wg.sum(a.T @ a) + wg.sum(b.T @ b)

    order, _ = ordered(f, "f32[256,256]", "f32[256,256]")
    assert [c[0] for c in order[:2]] == ["exp", "dot"]  # the first is used up before the second is made


@pytest.mark.parametrize(("length", "about"), [(7, 7), (Dim.named("n"), 32), (Dim.named("n") * 3 + 1, 97)])
def test_unknown_lengths_are_taken_for_typical_ones(length, about):
    assert typical(length) == about


def test_every_cluster_runs_once():
    fusion = fused(lambda x, w: wg.sum(wg.exp(x @ w) @ wg.tanh(w), axis=0), "f32[n,8]", "f32[8,8]")
    order, _ = order_clusters(optimize(record(lambda x: x, "f32[1]")), fusion, {})
    assert sorted(map(id, order)) == sorted(map(id, fusion.clusters))


def test_donated_outputs_are_right_whatever_the_order():
    def f(v, w, x):
        y = x @ v
        return y, v - wg.sum(x, axis=0)[:, None] * w, w + v * v

    arrays = [
        np.random.default_rng(k).normal(size=s).astype("f") for k, s in enumerate([(8, 8), (8, 8), (5, 8)])
    ]
    v, w, x = arrays
    state = [wg.Variable(v), wg.Variable(w)]

    @wg.function(signature=("f32[n,8]",))
    def step(x):
        y, new_v, new_w = f(state[0].value, state[1].value, x)
        state[0].assign(new_v)
        state[1].assign(new_w)
        return y

    want = f(*map(wg.Tensor, arrays))
    np.testing.assert_allclose(step(x).numpy(), want[0].numpy(), rtol=1e-4, atol=1e-5)
    for got, right in zip(state, want[1:], strict=True):
        np.testing.assert_allclose(got.numpy(), right.numpy(), rtol=1e-4, atol=1e-5)
