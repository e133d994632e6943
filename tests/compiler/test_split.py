"""Long sums with few results are made in chunks, in one pass over what they read together."""

import numpy as np
import pytest

from wengert.compiler.emit.target import Target
from wengert.compiler.schedule import schedule
from wengert.compiler.split import CHUNKS
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.loop.expr import Scalars, post_order
from wengert.loop.nest import Loop, Nest, Slot, Store
from wengert.prims.movement import reduce_sum
from wengert.prims.reduction import reduce_max, variance
from wengert.runtime.executable import Executable
from wengert.runtime.threads import get_threads, set_threads

TARGET = Target("x86_64-unknown-linux-gnu", "x86-64-v4", "", 64, 32)


@pytest.fixture
def team():
    before = get_threads()
    yield set_threads
    set_threads(before)


def column_sums(rows, columns, also=lambda s, x: x):
    """b1[c] = sum(b0[r, c]); b2[c] = sum of something else of b0, with loops of its own."""
    s = Scalars()
    c = s.var("c")

    def total(term):
        return s.reduce(
            "sum",
            [rows(s)],
            lambda k: term(s, s.load(0, s.add(s.mul(k[0], s.const(columns)), c), "float32")),
        )

    stores = (Store(1, c, total(lambda s, x: x)), Store(2, c, total(also)))
    slots = (Slot("float32"), Slot("float32", True), Slot("float32", True))
    return Nest((Loop("c", s.const(columns)),), stores, slots, 1)


def test_sums_of_the_same_rows_are_one_pass():
    """Two sums, written with two loops, become two values of one loop."""
    nest = column_sums(lambda s: s.param(0), 1024, lambda s, x: s.mul(x, x))
    partial, whole = schedule(nest, TARGET, (100_000,)).kernels
    assert str(partial.loops[0].extent.data) == str(CHUNKS)
    sums = [e for e in post_order([t.value for t in partial.stores]) if e.op == "reduce"]
    assert len(sums) == 2
    assert len({(e.data[1], e.args[1:]) for e in sums}) == 1
    assert [t.slot for t in whole.stores] == [1, 2]


def test_equal_sums_are_made_once():
    partial, _ = schedule(column_sums(lambda s: s.param(0), 1024), TARGET, (100_000,)).kernels
    assert len(partial.stores) == 1


@pytest.mark.parametrize(("rows", "columns"), [(8, 16), (100_000, 100_000)])
def test_short_sums_and_many_results_stay(rows, columns):
    nest = column_sums(lambda s: s.const(rows), columns)
    assert schedule(nest, TARGET, ()).kernels == (nest,)


@pytest.mark.parametrize("batch", [1, 3, 40, 129])
def test_any_number_of_rows_gives_the_sum_on_any_number_of_threads(batch, team, monkeypatch):
    """Chunks may be empty; a variance takes two rounds; bits do not hang on the threads."""
    monkeypatch.setattr("wengert.runtime.executable.SMALL_WORK", 0)
    x = graph_input(TensorType.parse("f32[n,8,9,24]"), "x")
    axes = (0, 1, 2)
    graph = Graph((x,), (reduce_sum(x, axes=axes), variance(x, axes=axes), reduce_max(x, axes=axes)))
    run = Executable(graph, 1, [], {})
    value = np.random.default_rng(0).standard_normal((batch, 8, 9, 24)).astype("f") + 100
    results = []
    for threads in (1, 2, 4):
        team(threads)
        results.append([r.numpy() for r in run.run([value])])
    assert len(run.plan.launches) > 3
    for got, want in zip(results[0], evaluate(graph, [value]), strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            assert a.tobytes() == b.tobytes()
