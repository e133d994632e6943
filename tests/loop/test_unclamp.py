"""Loads under conditions: no clamp is left where a condition puts the index in range, and values stay."""

import numpy as np
import pytest

import wengert as wg
from tests.compiler.graphs import planned
from wengert.loop.expr import Scalars, post_order
from wengert.loop.nest import Nest
from wengert.loop.schedule import schedule
from wengert.loop.unclamp import unclamped


def nest_of(shape, widths):
    plan = planned(lambda x: wg.pad(x, widths), shape)
    (nest,) = (n.kernel for n in plan.launches if isinstance(n.kernel, Nest))
    return schedule(nest, 64)


def clamps(plan):
    return [e for e in post_order(plan.nest.values) if e.op in ("max", "min")]


def test_a_border_needs_no_clamp():
    assert not clamps(nest_of("f32[n,6,6,32]", ((0, 0), (1, 1), (1, 1), (8, 8))))


def test_a_length_known_at_run_time_needs_none_either():
    assert not clamps(nest_of("f32[n,m]", ((0, 0), (2, 3))))


def test_short_rows_are_walked_through_as_one():
    plan = nest_of("f32[n,32,32,3]", ((0, 0), (1, 1), (1, 1), (0, 0)))
    assert [x.extent.data for x in plan.nest.loops[1:]] == [34, 34 * 3]


WIDTHS = {
    "border": ((0, 0), (1, 1), (1, 1), (0, 0)),
    "channels": ((0, 0), (0, 0), (0, 0), (8, 3)),
    "all": ((0, 0), (1, 2), (3, 0), (1, 1)),
    "none": ((0, 0), (0, 0), (0, 0), (0, 0)),
}


@pytest.mark.parametrize("channels", [1, 3, 8, 9, 40])
@pytest.mark.parametrize("name", WIDTHS)
def test_padded_values_stay(name, channels):
    f = wg.function(lambda x: wg.pad(wg.tanh(x), WIDTHS[name]) * 2.0, signature=(f"f32[n,4,5,{channels}]",))
    x = np.random.default_rng(0).standard_normal((3, 4, 5, channels)).astype(np.float32)
    np.testing.assert_allclose(f(x), np.pad(np.tanh(x), WIDTHS[name]) * 2.0, rtol=1e-6)


def test_what_is_padded_at_one_end_and_at_the_other_stays():
    f = wg.function(lambda x: wg.pad(x[1:], ((1, 0),)) + wg.pad(x[:-1], ((0, 1),)), signature=("f32[n]",))
    x = np.arange(1, 40, dtype=np.float32)
    np.testing.assert_array_equal(f(x), np.pad(x[1:], (1, 0)) + np.pad(x[:-1], (0, 1)))


def test_comparisons_of_data_say_nothing_about_indices():
    """A shift by as many places as fit asks that of an uint32, as dropout does."""
    s = Scalars()
    zero, places, width = (s.const(n, "uint32") for n in (0, 8, 32))
    fits = s.bitop("and", s.compare("le", zero, places), s.compare("lt", places, width))
    guarded = s.select(fits, s.load(0, s.var("i"), "uint32"), zero)
    assert unclamped([guarded], s, lambda e: s.sub(e, s.const(1))) == {}
