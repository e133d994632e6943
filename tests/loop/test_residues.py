"""Loops split by remainders: the same values, and no question left where the ranges decide it."""

import numpy as np
import pytest

from tests.compiler.graphs import planned
from wengert.ir.dim import Dim
from wengert.ir.primitive import REGISTRY
from wengert.loop.expr import Scalars, post_order
from wengert.loop.interpret import run
from wengert.loop.nest import Loop, Nest, Slot, Store
from wengert.loop.residues import split_residues
from wengert.loop.schedule import schedule

COLUMNS = 8


def spread(s, slot, i, j, k, rows, offset=0):
    """Row (i - offset) / k of a [rows, COLUMNS] buffer where it is a whole number in range, else 0."""
    q, r = (getattr(s, op)(s.sub(i, s.const(offset)), s.const(k)) for op in ("idiv", "imod"))
    inside = s.bitop("and", s.compare("le", s.const(0), q), s.compare("lt", q, s.const(rows)))
    row = s.max(s.const(0), s.min(s.const(rows - 1), q))
    value = s.load(slot, s.add(s.mul(row, s.const(COLUMNS)), j), "float32")
    hit = s.bitop("and", inside, s.compare("eq", r, s.const(0)))
    return s.select(hit, value, s.const(0.0, "float32"))


def sums_of_spreads(k, rows, offsets, extent=None):
    """out[i, j] = sum over offsets of what lies at (i - offset) / k."""
    s = Scalars()
    i, j = s.var("i"), s.var("j")
    value = s.const(0.0, "float32")
    for slot, offset in enumerate(offsets):
        value = s.add(value, spread(s, slot, i, j, k, rows, offset))
    store = Store(len(offsets), s.add(s.mul(i, s.const(COLUMNS)), j), value)
    loops = (Loop("i", s.const(extent or k * rows)), Loop("j", s.const(COLUMNS)))
    slots = (*(Slot("float32") for _ in offsets), Slot("float32", True))
    return Nest(loops, (store,), slots)


def results(nest, rows, offsets, size):
    buffers = [np.arange(1, rows * COLUMNS + 1, dtype="f") * (k + 1) for k in range(len(offsets))]
    out = np.full(size * COLUMNS, np.nan, "f")
    run(nest, [*buffers, out])
    return out


@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("offsets", [(0,), (0, 1), (-1, 0, 1), (5,), (-3,)])
def test_values_stay(k, offsets):
    nest = sums_of_spreads(k, 6, offsets)
    split = split_residues(nest)
    assert len(split.stores) == k
    np.testing.assert_array_equal(
        results(split, 6, offsets, 6 * k), results(nest, 6, offsets, 6 * k), strict=True
    )


def test_nothing_is_asked_that_the_ranges_decide():
    """Each element of the output is one of the inputs': no division, no comparison, no select is left."""
    split = split_residues(sums_of_spreads(2, 6, (0, 1)))
    ops = {e.op for e in post_order(split.roots)}
    assert not ops & {"idiv", "imod", "select", "eq", "le", "lt", "min", "max"}
    assert [sum(e.op == "load" for e in post_order([t.value])) for t in split.stores] == [1, 1]


def test_repeated_rows_are_loaded_once():
    """y[i] = x[i // 2]"""
    s = Scalars()
    i, j = s.var("i"), s.var("j")
    index = s.add(s.mul(i, s.const(COLUMNS)), j)
    row = s.idiv(i, s.const(2))
    value = s.load(0, s.add(s.mul(row, s.const(COLUMNS)), j), "float32")
    loops = (Loop("i", s.const(12)), Loop("j", s.const(COLUMNS)))
    nest = Nest(loops, (Store(1, index, value),), (Slot("float32"), Slot("float32", True)))
    split = split_residues(nest)
    np.testing.assert_array_equal(results(split, 6, (0,), 12), results(nest, 6, (0,), 12))
    assert len({t.value for t in split.stores}) == 1


def test_each_place_of_a_window_asks_only_for_the_windows_that_hold_it():
    """Windows of 3 with stride 2: of the gradient's places, every second one is in two of them along an axis."""
    window = {"size": (1, 3, 3, 1), "strides": (1, 2, 2, 1), "padding": ((0, 0),) * 4}

    def scattered(g, argmax):
        return REGISTRY["window_scatter"](g, argmax, in_shape=(Dim.named("n"), 10, 10, 32), **window)

    (scatter,) = planned(scattered, "f32[n,4,4,32]", "i32[n,4,4,32]").launches
    found = schedule(scatter.kernel, 64).nest
    assert sorted(sum(e.op == "select" for e in post_order([t.value])) for t in found.stores) == [1, 2, 2, 4]


def test_what_the_ranges_leave_open_is_still_asked():
    split = split_residues(sums_of_spreads(2, 6, (-2,)))  # the last row reads behind the end
    assert any(e.op == "lt" for e in post_order(split.values))


@pytest.mark.parametrize(
    "nest",
    [
        sums_of_spreads(2, 6, (0,), extent=11),
        sums_of_spreads(5, 6, (0,)),
    ],
    ids=["an odd extent", "a large divisor"],
)
def test_other_loops_stay_whole(nest):
    assert split_residues(nest) is nest


def test_the_loop_along_memory_stays_whole():
    s = Scalars()
    i = s.var("i")
    even = s.compare("eq", s.imod(i, s.const(2)), s.const(0))
    value = s.select(even, s.load(0, i, "float32"), s.const(0.0, "float32"))
    nest = Nest((Loop("i", s.const(8)),), (Store(1, i, value),), (Slot("float32"), Slot("float32", True)))
    assert split_residues(nest) is nest


@pytest.mark.parametrize("op", ["idiv", "imod"])
def test_quotients_of_data_are_left_alone(op):
    """Of int32 that a kernel loads no range is known, beside a loop that is split."""
    s = Scalars()
    i, j = s.var("i"), s.var("j")
    index = s.add(s.mul(i, s.const(COLUMNS)), j)
    divided = getattr(s, op)(s.load(0, s.const(0), "int32"), s.const(3, "int32"))
    even = s.compare("eq", s.imod(i, s.const(2)), s.const(0))
    store = Store(1, index, s.select(even, divided, s.const(0, "int32")))
    loops = (Loop("i", s.const(4)), Loop("j", s.const(COLUMNS)))
    nest = Nest(loops, (store,), (Slot("int32"), Slot("int32", True)))
    split, out = split_residues(nest), np.full(4 * COLUMNS, -1, "i")
    assert len(split.stores) == 2
    run(split, [np.array([8], "i"), out])
    expected = 2 * np.array([[1], [0], [1], [0]], "i").repeat(COLUMNS, 1)
    np.testing.assert_array_equal(out.reshape(4, COLUMNS), expected)
