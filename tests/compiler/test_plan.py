"""Plans: buffers, launches and barriers."""

import numpy as np

import wengert as wg
from tests.compiler.graphs import planned
from wengert.compiler.fingerprint import fingerprint
from wengert.compiler.product import Pack
from wengert.compiler.steps import Barrier, Check, Launch
from wengert.ir.dim import Dim
from wengert.ir.primitive import REGISTRY


def kinds(plan):
    return [type(s).__name__ for s in plan.steps]


def test_inputs_and_outputs_have_a_buffer_each_in_order():
    plan = planned(lambda x, y: (y + 1.0, x * 2.0), "f32[n]", "f64[3]")
    found = [(b.kind, b.index, b.dtype, b.size) for b in plan.buffers if b.kind in ("input", "output")]
    n = Dim.named("n")
    assert found == [
        ("input", 0, "float32", n),
        ("input", 1, "float64", 3),
        ("output", 0, "float64", 3),
        ("output", 1, "float32", n),
    ]


def test_what_is_stored_for_others_lies_in_the_arena():
    plan = planned(lambda x, w: wg.exp(x) @ w, "f32[n,64]", "f32[64,8]")
    assert [b.size for b in plan.buffers if b.kind == "arena"][0] == Dim.named("n") * 64


def test_a_reader_waits_for_its_writer():
    assert kinds(planned(lambda x, w: wg.exp(x) @ w, "f32[n,64]", "f32[64,8]"))[:3] == [
        "Launch",
        "Barrier",
        "Launch",
    ]


def test_kernels_that_do_not_meet_do_not_wait():
    plan = planned(lambda x, y: (wg.exp(x), wg.sum(y, axis=1)), "f32[n,64]", "f32[n,8]")
    assert "Barrier" not in kinds(plan)


def test_packing_is_one_kernel_for_all_shapes():
    def packs(*types):
        plan = planned(lambda x, w: x @ w.T, *types)
        return [s for s in plan.launches if isinstance(s.kernel, Pack)]

    (a,), (b,), (c,) = (packs(f"f32[n,{k}]", f"f32[{m},{k}]") for k, m in ((64, 80), (112, 96), (128, 80)))
    assert fingerprint(a.kernel) == fingerprint(b.kernel) == fingerprint(c.kernel)
    assert len({a.lengths, b.lengths, c.lengths}) == 3


def test_what_another_kernel_writes_or_reads_is_waited_for():
    def f(x):
        for _ in range(4):
            x = wg.exp(x @ x)
        return x

    plan = planned(f, "f32[128,128]")
    reading, writing = set(), set()
    for s in plan.steps:
        if isinstance(s, Barrier | Check):
            reading, writing = set(), set()
        elif isinstance(s, Launch):
            assert not s.read & writing
            assert not s.written & (reading | writing)
            reading |= s.read
            writing |= s.written
    assert kinds(plan).count("Barrier") >= 3


def test_there_is_one_check_before_state_is_overwritten():
    def f(table, v, labels):
        return wg.take(table, labels, axis=0), v + 1.0, table * 2.0

    plan = planned(f, "f32[5]", "f32[3]", "i64[n]", donated={1: 1, 2: 0})
    assert kinds(plan).count("Check") == 1
    state = {k for k, b in enumerate(plan.buffers) if b.kind == "input"}
    at = kinds(plan).index("Check")
    assert not any(s.written & state for s in plan.steps[:at] if isinstance(s, Launch))


def test_an_output_that_is_an_input_or_given_twice_is_copied():
    plan = planned(lambda x: (x, x, x + 1.0), "f32[n]")
    written = set().union(*(s.written for s in plan.launches))
    assert {k for k, b in enumerate(plan.buffers) if b.kind == "output"} == written


def test_equal_steps_run_once():
    plan = planned(lambda x: wg.sum(wg.exp(x)) * wg.sum(wg.exp(x)), "f32[n]")
    names = [n.primitive.name for s in plan.launches for n in s.nodes]
    assert names.count("reduce_sum") <= 1


def test_results_are_those_of_the_interpreter_with_constants_among_them():
    f = wg.function(lambda x: (x * 0.0 + 1.0, np.arange(3), 2.5), signature=("f32[n]",))
    a, b, c = f(np.ones(2, "f"))
    assert (a.numpy().tolist(), b.numpy().tolist(), c.item()) == ([1, 1], [0, 1, 2], 2.5)


def test_alike_tiles_are_lowered_once_and_read_buffers_of_their_own():
    same = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}

    def two(x, k, m):
        return REGISTRY["conv"](REGISTRY["conv"](x, k, **same), m, **same)

    plan = planned(two, "f32[n,32,32,64]", "f32[3,3,64,64]", "f32[3,3,64,64]")
    maps = {
        name: [s for s in plan.launches if s.nodes[0].primitive.name == name]
        for name in ("winograd_data", "winograd_kernel")
    }
    for first, second in maps.values():
        assert first.kernel is second.kernel
        assert not set(first.buffers) & set(second.buffers)
