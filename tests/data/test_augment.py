"""Moved copies are the image, moved, with its label."""

import numpy as np
import pytest

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.data.augment import with_shifts


@pytest.fixture
def dots():
    """20 images of 2 channels with one dot each, and their numbers."""
    x = np.zeros((20, 7, 9, 2), np.float32)
    x[range(20), 3, 4, 0], x[range(20), 3, 4, 1] = np.arange(1, 21), 0.5
    return x, np.arange(20)


def test_the_images_come_first_and_copies_follow(dots):
    x, y = with_shifts(*dots, copies=3)
    assert x.shape == (80, 7, 9, 2)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x[:20], dots[0])
    np.testing.assert_array_equal(y, np.tile(dots[1], 4))


def test_each_copy_is_moved_as_one_and_no_further_than_asked(dots):
    x, y = with_shifts(*dots, copies=20, by=2)
    _, row, column = np.nonzero(x[..., 0])
    np.testing.assert_array_equal(
        x[np.arange(len(x)), row, column], np.stack([y + 1, np.full(len(y), 0.5)], 1)
    )
    moves = set(zip((row - 3).tolist(), (column - 4).tolist(), strict=True))
    assert moves == {(i, j) for i in range(-2, 3) for j in range(-2, 3)}


def test_what_leaves_the_image_is_lost_and_zeros_come_in():
    x, _ = with_shifts(np.ones((1, 3, 3, 1)), np.zeros(1), copies=50, by=2)
    assert set(x.sum((1, 2, 3)).tolist()) == {1, 2, 3, 4, 6, 9}


def test_the_seed_decides(dots):
    first, again, other = (with_shifts(*dots, seed=seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_no_copies_and_no_moves_change_nothing(dots):
    np.testing.assert_array_equal(with_shifts(*dots, copies=0)[0], dots[0])
    np.testing.assert_array_equal(with_shifts(*dots, copies=1, by=0)[0], np.tile(dots[0], (2, 1, 1, 1)))


def test_labels_of_other_images_are_refused(dots):
    with pytest.raises(ShapeError, match=r"got \[20, 7, 9, 2\], \[19\]"):
        with_shifts(dots[0], dots[1][:19])


@pytest.mark.parametrize("options", [{"by": 7}, {"by": -1}, {"copies": -1}])
def test_moves_beyond_the_image_are_refused(dots, options):
    with pytest.raises(ValueRangeError, match="with_shifts"):
        with_shifts(*dots, **options)
