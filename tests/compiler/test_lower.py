"""Lowering: clusters become loops around scalar expressions, read off here as text."""

import numpy as np
import pytest

import wengert as wg
from tests.compiler.graphs import planned
from wengert.compiler.steps import Launch
from wengert.ir.dim import Dim
from wengert.loop.expr import post_order
from wengert.loop.nest import Nest


def launches(f, *types, **options):
    return [s for s in planned(f, *types, **options).steps if isinstance(s, Launch)]


def operations(nest: Nest) -> list[str]:
    """The operations of a nest, each once."""
    return [e.op for e in post_order([s.value for s in nest.stores])]


def test_pointwise_work_on_packed_memory_is_one_flat_loop():
    (launch,) = launches(lambda x, y: wg.sqrt(x) + y, "f32[n,3,5]", "f32[n,3,5]")
    assert len(launch.kernel.loops) == 1
    assert launch.lengths == (Dim.named("n") * 15,)


def test_flat_kernels_of_any_shape_are_the_same():
    (a,) = launches(lambda x: x * 2.0 + 1.0, "f32[n,3,5]")
    (b,) = launches(lambda x: x * 2.0 + 1.0, "f32[7]")
    assert str(a.kernel) == str(b.kernel)


def test_a_transposed_input_takes_a_loop_for_each_axis():
    (launch,) = launches(lambda x, y: x.T + y, "f32[4,n]", "f32[n,4]")
    assert len(launch.kernel.loops) == 2


def test_what_two_stores_share_is_computed_once():
    def f(x):
        e = wg.exp(x)
        return e * 2.0, e + 1.0

    (launch,) = launches(f, "f32[n]")
    assert operations(launch.kernel).count("exp") == 1
    assert len(launch.kernel.stores) == 2


def test_numbers_are_part_of_the_kernel():
    (launch,) = launches(lambda x: x * 3.0 + np.full((2, 4), 5.0, "f"), "f32[2,4]")
    assert sum(not s.written for s in launch.kernel.slots) == 1
    assert operations(launch.kernel).count("const") == 2


def test_minus_zero_is_not_zero():
    f = wg.function(lambda x: wg.where(x > 0.0, np.float32(-0.0), np.array([-0.0, 0.0], "f")))
    assert np.signbit(f(np.array([1, -1], "f")).numpy()).tolist() == [True, False]


def test_constants_of_many_numbers_are_read():
    plan = planned(lambda x: x + np.arange(4, dtype="f"), "f32[n,4]")
    assert [b.value.tolist() for b in plan.buffers if b.kind == "constant" and b.size == 4] == [[0, 1, 2, 3]]


def test_a_scalar_input_is_read_once():
    (launch,) = launches(lambda x, rate: x * rate, "f32[n,8]", "f32[]")
    assert len(launch.kernel.loops) == 1
    assert [s.written for s in launch.kernel.slots].count(False) == 2


def test_each_check_has_the_code_of_its_step():
    def f(x, i, j):
        return wg.take(x, i, axis=0) + wg.take(x, j, axis=0)

    plan = planned(f, "f32[5]", "i64[n]", "i64[n]")
    assert [n.primitive.name for n in plan.checks.values()] == 2 * ["wrap_index", "gather"]


@pytest.mark.parametrize(("bad", "index"), [("i", 9), ("j", -6)])
def test_a_failing_check_names_its_own_step(bad, index):
    def f(x, i, j):
        a = wg.take(x, i, axis=0)
        b = wg.take(x * 2.0, j, axis=0)
        return a + b

    ok, wrong = np.array([0, 1]), np.array([0, index])
    args = (wrong, ok) if bad == "i" else (ok, wrong)
    with pytest.raises(wg.errors.IndexRangeError, match=rf"got index {index}\.") as caught:
        wg.function(f)(np.ones(5, "f"), *args)
    line = f.__code__.co_firstlineno + (1 if bad == "i" else 2)
    assert f"test_lower.py:{line}" in str(caught.value)


def test_a_scatter_is_a_copy_and_a_loop():
    from wengert.prims.indexing import scatter_add

    copy, loop = launches(lambda x, i, g: scatter_add(x, i, g, axis=0), "f32[5,3]", "i64[n]", "f32[n,3]")
    assert copy.written == loop.written
    assert loop.kernel.stores[0].accumulate
    assert [x.var for x in loop.kernel.serial] == ["i0"]
