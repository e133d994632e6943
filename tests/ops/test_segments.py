"""Segments: rows with the same number reduced, in any order, with numbers that are checked."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, IndexRangeError, ShapeError, UsageError

NAMES = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min, "mean": np.mean}


def reference(name, x, ids, count):
    """Segment by segment; what an empty one gives is what the reduction starts from."""
    empty = {"sum": 0, "prod": 1, "max": -np.inf, "min": np.inf, "mean": 0}[name]
    rows = x.reshape(ids.size, *x.shape[ids.ndim :])
    picked = [rows[ids.reshape(-1) == s] for s in range(count)]
    shape = rows.shape[1:]
    return np.stack([NAMES[name](r, axis=0) if len(r) else np.full(shape, empty, x.dtype) for r in picked])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("compiled", [False, True])
def test_segments_are_reduced(name, compiled, rng):
    f = wg.function(
        lambda x, ids: getattr(wg, f"segment_{name}")(x, ids, 5),
        signature=("f32[n,3]", "i32[n]"),
        compiled=compiled,
    )
    for n in (9, 1, 0):
        x, ids = rng.random((n, 3), np.float32), rng.integers(0, 5, n, np.int32)
        want = reference(name, x, ids, 5)
        np.testing.assert_allclose(f(x, ids), want, rtol=1e-6)
        np.testing.assert_allclose(getattr(wg, f"segment_{name}")(x, ids, 5), want, rtol=1e-6)


def test_numbers_may_be_of_several_axes(rng):
    x, ids = rng.random((2, 3, 4)), np.array([[0, 2, 2], [1, 0, 2]])
    np.testing.assert_allclose(wg.segment_sum(x, ids), reference("sum", x, ids, 3))


def test_integers_have_ends_too():
    np.testing.assert_array_equal(wg.segment_max(np.array([3, 1], np.int8), [0, 0], 2), [3, -128])
    np.testing.assert_array_equal(wg.segment_min(np.array([3, 1], np.uint8), [0, 0], 2), [1, 255])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [-1, 3])
def test_a_number_out_of_range_is_an_error(name, bad):
    f = getattr(wg, f"segment_{name}")
    message = rf"segment_{name}: .*0\.\.2.*got index {bad}\..*test_segments\.py"
    with pytest.raises(IndexRangeError, match=message):
        f(np.ones(3, np.float32), [0, bad, 1], 3)
    with pytest.raises(IndexRangeError, match=message):
        wg.function(lambda x, i: f(x, i, 3))(np.ones(3, np.float32), np.array([0, bad, 1]))


def test_wrong_calls_say_what_is_wrong():
    x = np.ones((3, 2), np.float32)
    with pytest.raises(ShapeError, match=r"segment_sum: .*x: f32\[3,2\], segment_ids: i64\[2\]"):
        wg.segment_sum(x, [0, 1], 3)
    with pytest.raises(DTypeError, match="segment_ids must be integers"):
        wg.segment_sum(x, [0.0, 1.0, 1.0], 3)
    with pytest.raises(UsageError, match="segment_sum: num_segments must be given"):
        wg.function(lambda i: wg.segment_sum(x, i))(np.array([0, 1, 1]))
    with pytest.raises(ShapeError, match="num_segments must be >= 0; got -1"):
        wg.segment_sum(x, [0, 1, 1], -1)
