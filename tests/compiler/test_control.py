"""Control flow compiled: cond, while_loop and scan run inside of the native program as the interpreter runs them."""

import numpy as np
import pytest

import wengert as wg
from wengert.compiler.jit import host_target
from wengert.compiler.pipeline import compile_graph
from wengert.compiler.product import Pack
from wengert.compiler.steps import Advance, Launch, Mark, Repeat
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.control import cond, item, scan, while_loop
from wengert.prims.indexing import gather


def graph(types, f):
    """The graph of `f`, whose results are a tuple."""
    inputs = [graph_input(TensorType.parse(t), f"a{k}") for k, t in enumerate(types)]
    return Graph(tuple(inputs), tuple(f(*inputs)))


def agree(f, signature, *calls, tolerance=1e-5):
    """The compiled function gives what the interpreted one gives, with one program for all calls."""
    compiled = wg.function(f, signature=signature)
    oracle = wg.function(f, signature=signature, compiled=False)
    for args in calls:
        for got, want in zip(compiled(*args), oracle(*args), strict=True):
            assert got.type == want.type
            scale = max(1.0, float(np.abs(want.numpy()).max(initial=0)))
            np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=0, atol=tolerance * scale)
    assert compiled.compiles == 1


def test_cond_takes_either_branch():
    double = graph(["f32[n,3]"], lambda x: (x * 2.0, wg.sum(x, axis=0)))
    other = graph(["f32[n,3]"], lambda x: (x @ np.eye(3, dtype="f") + 1.0, wg.max(x, axis=0)))

    def f(p, x):
        both = cond(p, x, true=double, false=other)
        return item(both, index=0), item(both, index=1) * 2.0

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4, 3)).astype("f"), rng.standard_normal((7, 3)).astype("f")
    agree(f, ("b1[]", "f32[n,3]"), (np.array(True), x), (np.array(False), x), (np.array(False), y))


def test_while_loop_stops_by_its_condition_and_may_run_no_turn():
    below = graph(["f32[4]", "i64[]"], lambda x, i: (wg.sum(x) < 100.0,))
    grow = graph(["f32[4]", "i64[]"], lambda x, i: (x * 1.5 + 1.0, i + 1))

    def f(x):
        end = while_loop(x, np.zeros((), "int64"), cond=below, body=grow)
        return item(end, index=0), item(end, index=1)

    agree(f, ("f32[4]",), (np.ones(4, "f"),), (np.full(4, 200, "f"),))


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_and_its_gradient_at_any_length(reverse):
    body = graph(["f32[b,5]", "f32[5,5]", "f32[b,5]"], lambda h, w, x: (wg.tanh(h @ w + x), w, h * 2.0))

    def f(w, h0, xs):
        out = scan(h0, w, xs, body=body, carries=2, length=xs.shape[0], reverse=reverse)
        last, rows = item(out, index=0), item(out, index=2)
        loss = wg.sum(last * last) + wg.sum(rows)
        return last, rows, loss, *wg.gradients(loss, [w, h0, xs])

    rng = np.random.default_rng(0)
    calls = [
        (
            rng.standard_normal((5, 5)).astype("f") * np.float32(0.5),
            rng.standard_normal((b, 5)).astype("f"),
            rng.standard_normal((t, b, 5)).astype("f"),
        )
        for b, t in ((3, 4), (1, 1), (2, 0), (5, 40))
    ]
    agree(f, ("f32[5,5]", "f32[b,5]", "f32[t,b,5]"), *calls)


def test_loops_nest():
    inner = graph(["f32[3]", "f32[3]"], lambda s, x: (s + x,))

    def f(s, xs):
        return (item(scan(s, xs, body=outer, carries=1, length=xs.shape[0], reverse=False), index=0),)

    rng = np.random.default_rng(1)
    outer_types = ("f32[3]", "f32[t,4,3]")
    outer = graph(
        ["f32[3]", "f32[4,3]"],
        lambda s, xs: (item(scan(s, xs, body=inner, carries=1, length=4, reverse=False), index=0) * 0.5,),
    )
    calls = [(rng.standard_normal(3).astype("f"), rng.standard_normal((t, 4, 3)).astype("f")) for t in (1, 6)]
    agree(f, outer_types, *calls)


def test_an_index_out_of_range_inside_of_a_loop_leaves_the_state_as_it_was():
    weights = wg.Variable(np.arange(5.0), dtype="float32")
    body = graph(["f32[5]", "f32[]", "i64[]"], lambda w, s, k: (w, s + gather(w, k, axis=0)))

    @wg.function(signature=("i64[t]",))
    def step(ks):
        out = scan(
            weights.value, np.zeros((), "f"), ks, body=body, carries=2, length=ks.shape[0], reverse=False
        )
        weights.assign_add(item(out, index=1))
        return item(out, index=1)

    assert step(np.array([1, 4])).item() == 5.0
    with pytest.raises(wg.errors.IndexRangeError, match="gather.*index 9"):
        step(np.array([1, 9, 2]))
    np.testing.assert_array_equal(weights.numpy(), np.arange(5.0) + 5)


def test_threads_do_not_change_the_bits_of_a_loop():
    body = graph(["f32[b,64]", "f32[64,64]"], lambda h, w: (wg.tanh(h @ w), w))

    @wg.function(signature=("f32[b,64]", "f32[64,64]"))
    def f(h, w):
        return item(scan(h, w, body=body, carries=2, length=20, reverse=False), index=0)

    rng = np.random.default_rng(2)
    h, w = (
        rng.standard_normal((50, 64)).astype("f"),
        rng.standard_normal((64, 64)).astype("f") * np.float32(0.2),
    )
    before = wg.get_threads()
    try:
        results = []
        for n in (1, 2, 4):
            wg.set_threads(n)
            results.append(f(h, w).numpy().tobytes())
    finally:
        wg.set_threads(before)
    assert len(set(results)) == 1


def test_a_branch_is_chosen_by_one_element_of_many():
    double, triple = graph(["f32[]"], lambda x: (x * 2.0,)), graph(["f32[]"], lambda x: (x * 3.0,))

    def f(p, x):
        return tuple(item(cond(p[k], x, true=double, false=triple), index=0) for k in range(3))

    x = np.float32(1)
    agree(f, ("b1[3]", "f32[]"), (np.array([True, False, True]), x), (np.array([False, True, False]), x))


def test_an_invariant_is_read_before_it_is_overwritten():
    body = graph(["f32[]", "f32[4]", "f32[]"], lambda t, w, x: (t + x * wg.sum(w), w))
    v = wg.Variable(np.arange(4.0, dtype="f"))

    @wg.function(signature=("f32[3]",))
    def step(xs):
        s = scan(np.float32(0), v, xs, body=body, carries=2, length=3, reverse=False)
        v.assign_add(np.ones(4, "f"))
        return item(s, index=0), item(s, index=1) * 2.0, wg.flip(item(s, index=1))

    total, twice, flipped = step(np.ones(3, "f"))
    assert total.item() == 18
    assert twice.numpy().tolist() == [0, 2, 4, 6]
    assert flipped.numpy().tolist() == [3, 2, 1, 0]
    assert v.numpy().tolist() == [1, 2, 3, 4]


def test_results_of_control_flow_may_be_reshaped():
    same = graph(["f32[n,2,7]"], lambda x: (x, x + 1.0))

    def f(p, x):
        both = cond(p, x, true=same, false=same)
        return wg.reshape(item(both, index=1), (-1, 7)) * 2.0

    x = np.arange(42, dtype="f").reshape(3, 2, 7)
    agree(f, ("b1[]", "f32[n,2,7]"), (np.bool_(True), x), (np.bool_(False), x[:1]))


def launches_inside(plan):
    """The kernels between the first and the last step of the program's loop."""
    first = next(k for k, s in enumerate(plan.steps) if isinstance(s, Mark))
    last = max(k for k, s in enumerate(plan.steps) if isinstance(s, Repeat))
    return [s.kernel for s in plan.steps[first:last] if isinstance(s, Launch)]


def looped(body, *types):
    carries = len(body.outputs)

    def f(*operands):
        t = scan(*operands, body=body, carries=carries, length=5, reverse=False)
        return tuple(item(t, index=k) for k in range(carries))

    return graph(types, f)


def test_carries_are_replaced_in_place():
    body = graph(["f32[64]", "f32[64]", "f32[64]"], lambda h, c, x: (h * c + x, wg.tanh(c) * x))
    plan = compile_graph(looped(body, "f32[64]", "f32[64]", "f32[5,64]"), {}, host_target())
    assert len(launches_inside(plan)) == 2  # one for each carry, none that copies


def test_carries_that_change_places():
    body = graph(["f32[70]", "f32[70]", "f32[70]"], lambda a, b, x: (b + x, a))

    def f(a, b, xs):
        t = scan(a, b, xs, body=body, carries=2, length=5, reverse=False)
        return item(t, index=0), item(t, index=1)

    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype("f") for shape in ((70,), (70,), (5, 70))]
    agree(f, ("f32[70]", "f32[70]", "f32[5,70]"), arrays)


@pytest.mark.parametrize("reverse", [False, True])
def test_carries_asked_for_at_every_step_move_along_what_is_kept_of_them(reverse):
    """Before the step, after it, both, and one that becomes the other: at lengths 0, 1 and more."""
    types = ["f32[3]", "f32[3]", "f32[3]"]
    body = graph(types, lambda a, b, x: (a * 0.5 + x, a, a, a * 0.5 + x, b, x + b))

    def f(a, b, xs):
        length = xs.shape[0]
        rows = [TensorType((length, 3), "float32")] * 4
        both = scan(a, b, xs, body=body, carries=2, length=length, reverse=reverse)
        assert list(both.type[2:]) == rows
        return tuple(item(both, index=k) for k in range(6))

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 3)).astype("f")
    agree(
        f,
        ("f32[3]", "f32[3]", "f32[n,3]"),
        *((a, b, rng.standard_normal((n, 3)).astype("f")) for n in (0, 1, 6)),
    )


def test_a_state_is_stored_once_though_the_way_back_asks_for_it():
    """One kernel a turn makes the new state, where all steps' results find it; nothing copies it."""
    body = graph(["f32[8]", "f32[8]"], lambda h, x: (wg.tanh(h + x), wg.tanh(h + x), h))
    loop = graph(
        ["f32[8]", "f32[n,8]"],
        lambda h, xs: [
            item(scan(h, xs, body=body, carries=1, length=xs.shape[0], reverse=False), index=k)
            for k in (1, 2)
        ],
    )
    steps = compile_graph(loop, {}, host_target()).steps
    mark, repeat = (next(k for k, s in enumerate(steps) if isinstance(s, kind)) for kind in (Mark, Advance))
    (step,) = [s for s in steps[mark:repeat] if isinstance(s, Launch)]
    assert len(step.written) == 1


def test_weights_are_packed_before_the_loop():
    body = graph(["f32[32,64]", "f32[64,64]", "f32[32,64]"], lambda h, w, x: (wg.tanh(h @ w.T) + x, w))
    g = looped(body, "f32[32,64]", "f32[64,64]", "f32[5,32,64]")
    plan = compile_graph(g, {}, host_target())
    assert not any(isinstance(kernel, Pack) for kernel in launches_inside(plan))
    assert sum(isinstance(launch.kernel, Pack) for launch in plan.launches) == 1


def test_what_a_loop_changes_is_packed_inside():
    body = graph(["f32[32,64]", "f32[64,64]", "f32[32,64]"], lambda h, w, x: (h @ w.T + x, w * 0.5))
    g = looped(body, "f32[32,64]", "f32[64,64]", "f32[5,32,64]")
    assert any(isinstance(kernel, Pack) for kernel in launches_inside(compile_graph(g, {}, host_target())))

    def f(h, w, xs):
        t = scan(h, w, xs, body=body, carries=2, length=5, reverse=False)
        return item(t, index=0), item(t, index=1)

    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype("f") for shape in ((32, 64), (64, 64), (5, 32, 64))]
    agree(f, ("f32[32,64]", "f32[64,64]", "f32[5,32,64]"), arrays)


def test_weights_whose_rows_evict_one_another_are_packed_once_for_a_loop():
    body = graph(["f32[8,1024]", "f32[1024,1024]", "f32[8,1024]"], lambda h, w, x: (wg.tanh(h @ w) + x, w))
    loop = looped(body, "f32[8,1024]", "f32[1024,1024]", "f32[5,8,1024]")
    once = graph(["f32[8,1024]", "f32[1024,1024]"], lambda h, w: (wg.tanh(h @ w),))
    packs = [
        sum(isinstance(launch.kernel, Pack) for launch in compile_graph(g, {}, host_target()).launches)
        for g in (loop, once)
    ]
    assert packs == [1, 0]
