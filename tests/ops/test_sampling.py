"""Elements at places that need not be whole, beside SciPy, and maps of planes."""

import numpy as np
import pytest
from scipy import ndimage

import wengert as wg
from wengert.ops import sampling

RNG = np.random.default_rng(0)
X = RNG.uniform(0, 255, (4, 8, 6, 3)).astype(np.float32)
FILLS = {
    "reflect": "reflect",
    "mirror": "mirror",
    "wrap": "grid-wrap",
    "nearest": "nearest",
    "constant": "grid-constant",
}


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("fill", FILLS)
def test_pixels_at_any_places_are_those_of_scipy(fill, interpolation):
    rows, columns = RNG.uniform(-12, 20, (2, 4, 8, 6, 1)).astype(np.float32)
    got = sampling.sampled(wg.Tensor(X), (wg.Tensor(rows), wg.Tensor(columns)), interpolation, fill, 7.0)
    order = {"nearest": 0, "bilinear": 1}[interpolation]
    for k in range(4):
        for c in range(3):
            want = ndimage.map_coordinates(
                X[k, :, :, c], [rows[k, ..., 0], columns[k, ..., 0]], order=order, mode=FILLS[fill], cval=7.0
            )
            np.testing.assert_allclose(np.asarray(got)[k, :, :, c], want, atol=1e-2)


def test_a_homography_takes_four_points_to_four_others():
    corners = np.array([(0, 0), (5, 0), (0, 7), (5, 7)], np.float32)
    points = (corners + RNG.uniform(-1, 1, (3, 4, 2))).astype(np.float32)
    found = np.asarray(sampling.homography(wg.Tensor(points), corners))
    for x, y, (u, v) in zip(points[..., 0].T, points[..., 1].T, corners, strict=True):
        a, b, c, d, e, f, g, h = found.T
        scale = g * x + h * y + 1
        np.testing.assert_allclose((a * x + b * y + c) / scale, np.full(3, u), atol=1e-4)
        np.testing.assert_allclose((d * x + e * y + f) / scale, np.full(3, v), atol=1e-4)


def test_integers_are_rounded_away_from_zero():
    got = sampling.map_coordinates(wg.Tensor([0, 1, -5, -6]), [wg.Tensor([0.5, 2.5])])
    assert got.numpy().tolist() == [1, -6]


def test_places_have_the_derivative_of_the_lines_between_elements():
    x, at = wg.Tensor([0.0, 10.0, 40.0, 45.0]), wg.Tensor([0.25, 1.5, 2.75])
    slope = wg.grad(lambda a: wg.sum(sampling.map_coordinates(x, [a])))(at)
    np.testing.assert_allclose(slope, [10, 30, 5])
