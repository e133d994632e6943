"""More training images from those there are."""

from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError

Array = np.ndarray[Any, Any]


def with_shifts(x: Array, y: Array, *, copies: int = 1, by: int = 2, seed: int = 0) -> tuple[Array, Array]:
    """Images and labels followed by `copies` of all of them, each moved by up to `by` pixels a direction.

    What leaves the image is lost, what comes in is 0. A moved digit is the same digit: this teaches it.

    Args:
        x: images.
        y: one label an image.
        copies: how many moved copies of the whole set are added.
        by: the longest move along each axis, in pixels.
        seed: of the moves.

    Shapes:
        x [n, h, w, c], y [n, ...]  ->  x [n * (1 + copies), h, w, c], y [n * (1 + copies), ...]
    """
    if x.ndim != 4 or len(x) != len(y):
        raise ShapeError(
            f"with_shifts: x must be [n, h, w, c] and y hold n labels; got {list(x.shape)}, {list(y.shape)}."
        )
    if copies < 0 or not 0 <= by < min(x.shape[1:3]):
        raise ValueRangeError(
            f"with_shifts: copies must be >= 0 and by from 0 to less than the image; got {copies} and {by}."
        )
    rng = np.random.default_rng(seed)
    padded = np.pad(x, ((0, 0), (by, by), (by, by), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, x.shape[1:3], axis=(1, 2))
    every = np.arange(len(x))
    moved = [windows[every, *rng.integers(0, 2 * by + 1, (2, len(x)))] for _ in range(copies)]
    return np.concatenate([x, *(np.moveaxis(m, 1, -1) for m in moved)]), np.concatenate([y] * (1 + copies))
