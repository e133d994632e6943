"""`wg.ops.image`, beside Pillow and SciPy."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import wengert as wg
from wengert import ops
from wengert.base.errors import DTypeError, ShapeError, UsageError, ValueRangeError

RNG = np.random.default_rng(0)
X = RNG.uniform(0, 1, (2, 9, 8, 3)).astype("float32")
SAME = np.array([1, 0, 0, 0, 1, 0, 0, 0], "float32")
CORNERS = np.array([[0, 0], [7, 0], [0, 8], [7, 8]], "float32")
PILLOW = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos3": Image.LANCZOS}


def planes(f, x):
    """f of each channel of each image."""
    return np.stack([np.stack([f(x[k, ..., c]) for c in range(x.shape[-1])], -1) for k in range(len(x))])


def test_the_room_is_a_module_of_its_own():
    from wengert.ops.image import resize

    assert resize is ops.image.resize
    assert dir(ops.image) == sorted(ops.image.__all__)


@pytest.mark.parametrize("how", PILLOW)
@pytest.mark.parametrize("size", [(4, 5), (20, 3)])
def test_resized_images_are_those_of_pillow(how, size):
    got = ops.image.resize(X, size, how, antialias=True)
    want = planes(lambda x: np.asarray(Image.fromarray(x).resize(size[::-1], PILLOW[how])), X)
    np.testing.assert_allclose(got, want, atol=1e-5)


def test_integers_are_rounded_and_stay_in_their_range():
    x = np.array([[0, 0, 255, 255]], "uint8").reshape(1, 1, 4, 1)
    wide = np.asarray(ops.image.resize(x, (1, 8), "bicubic"))
    assert wide.dtype == np.uint8
    assert wide.ravel()[0] == 0
    assert wide.ravel()[-1] == 255
    assert ops.image.rgb_to_grayscale(np.array([[[9, 200, 3]]], "uint8")).ravel().tolist() == [120]


def test_proportions_are_kept_by_cutting_or_by_filling():
    half = ops.image.resize(X, (4, 8), crop_to_aspect_ratio=True)
    np.testing.assert_allclose(half, ops.image.resize(X[:, 2:6], (4, 8)))
    whole = np.asarray(ops.image.resize(X, (9, 18), pad_to_aspect_ratio=True, fill_value=7.0))
    np.testing.assert_array_equal(whole[:, :, :4], 7)
    np.testing.assert_allclose(whole[:, :, 5:13], X, rtol=1e-5)


def test_channels_may_come_first():
    first = np.moveaxis(X, -1, 1)
    for f in (
        lambda x, **how: ops.image.resize(x, (4, 5), **how),
        lambda x, **how: ops.image.affine_transform(x, SAME * 0.9, **how),
        ops.image.gaussian_blur,
        ops.image.rgb_to_hsv,
    ):
        got, want = f(first, data_format="channels_first"), f(X)
        np.testing.assert_allclose(np.moveaxis(got, 1, -1), want, rtol=1e-5)
        np.testing.assert_allclose(f(first[0], data_format="channels_first"), got[0], rtol=1e-5)


def test_what_padding_adds_cropping_takes_away():
    wide = ops.image.pad_images(X, top_padding=1, left_padding=2, target_height=12, target_width=13)
    assert wide.shape == (2, 12, 13, 3)
    assert np.sum(wide) == pytest.approx(np.sum(X), rel=1e-5)
    np.testing.assert_array_equal(ops.image.crop_images(wide, 1, 2, target_height=9, target_width=8), X)


def test_blur_and_edges_are_those_of_scipy():
    blur = ops.image.gaussian_blur(X, (9, 9), (1.0, 1.0))
    want = planes(lambda x: ndimage.gaussian_filter(x, 1.0, truncate=4.0, mode="constant"), X)
    np.testing.assert_allclose(blur, want, atol=1e-5)
    edges = ops.image.sobel_edges(X)
    for k in range(2):
        want = planes(lambda x, k=k: ndimage.sobel(x, axis=k, mode="constant"), X)
        np.testing.assert_allclose(np.asarray(edges)[..., k], want, atol=1e-5)


def test_affine_maps_are_those_of_scipy():
    turn = np.array([0.8, 0.3, 1.0, -0.2, 1.1, 0.5, 0, 0], "float32")
    got = ops.image.affine_transform(X, turn, fill_value=0.25)
    matrix = [[1.1, -0.2], [0.3, 0.8]]
    want = planes(
        lambda x: ndimage.affine_transform(x, matrix, (0.5, 1.0), order=1, mode="grid-constant", cval=0.25), X
    )
    np.testing.assert_allclose(got, want, atol=1e-5)
    np.testing.assert_allclose(ops.image.affine_transform(X[0], SAME), X[0], atol=1e-6)


def test_perspective_takes_what_was_at_points_to_others():
    end = np.array([[1, 2], [6, 1], [0, 7], [7, 8]], "float32")
    y = np.asarray(ops.image.perspective_transform(X, CORNERS, end))
    for (x0, y0), (x1, y1) in zip(CORNERS.astype(int), end.astype(int), strict=True):
        np.testing.assert_allclose(y[:, y1, x1], X[:, y0, x0], atol=1e-4)


def test_elastic_images_are_alike_where_nothing_moves_and_where_the_seed_is():
    np.testing.assert_allclose(ops.image.elastic_transform(X, alpha=0.0), X, atol=1e-6)
    one, again, other = (
        np.asarray(ops.image.elastic_transform(X, 2.0, 1.0, "nearest", seed=s)) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert np.isin(one, X).all()


def test_patches_are_what_is_cut_out():
    got = np.asarray(ops.image.extract_patches(X, (3, 2), 2))
    assert got.shape == (2, 4, 4, 18)
    np.testing.assert_array_equal(got[1, 2, 3], X[1, 4:7, 6:8].ravel())
    volume = RNG.random((4, 5, 6, 2))
    got = np.asarray(ops.image.extract_patches_3d(volume, 2, 1))
    np.testing.assert_array_equal(got[1, 2, 3], volume[1:3, 2:4, 3:5].ravel())


def test_coordinates_are_taken_as_by_scipy():
    x, at = X[0, ..., 0], RNG.uniform(-3, 12, (2, 4, 5)).astype("float32")
    for order in (0, 1):
        got = ops.image.map_coordinates(x, at, order, "wrap")
        np.testing.assert_allclose(
            got, ndimage.map_coordinates(x, at, order=order, mode="grid-wrap"), atol=1e-5
        )


def test_scaling_without_a_move_is_resizing():
    for how, smooth in (("linear", True), ("cubic", False), ("lanczos3", True)):
        scale = np.array([5 / 9, 2.0], "float32")
        got = ops.image.scale_and_translate(
            X, (2, 5, 16, 3), scale, np.zeros(2, "float32"), (1, 2), how, smooth
        )
        name = {"linear": "bilinear", "cubic": "bicubic"}.get(how, how)
        np.testing.assert_allclose(got, ops.image.resize(X, (5, 16), name, antialias=smooth), atol=1e-5)


def test_similarity_of_one_window_is_the_formula():
    x, y = RNG.random((2, 5, 5, 1))
    bell = np.exp(-0.5 * (np.arange(5) - 2) ** 2)
    w = np.outer(bell, bell)[..., None] / bell.sum() ** 2
    mx, my = (w * x).sum(), (w * y).sum()
    vx, vy, cov = (w * x * x).sum() - mx**2, (w * y * y).sum() - my**2, (w * x * y).sum() - mx * my
    want = (2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4))
    np.testing.assert_allclose(ops.image.ssim(x, y, filter_size=5, filter_sigma=1.0), want, rtol=1e-5)
    assert float(ops.psnr(x, x + 0.1, 1.0)) == pytest.approx(20, abs=1e-4)


def test_pixels_learn_through_a_warp():
    """Gradient descent on a map's numbers finds the move between two images."""
    row, column = np.mgrid[:16, :16].astype("float32")
    blob = np.exp(-((row - 8) ** 2 + (column - 8) ** 2) / 12)[..., None].astype("float32")
    moved = np.exp(-((row - 7) ** 2 + (column - 9.5) ** 2) / 12)[..., None].astype("float32")
    at = wg.Tensor([0.0, 0.0])

    def loss(at):
        numbers = ops.stack([1.0, 0.0, at[0], 0.0, 1.0, at[1], 0.0, 0.0])
        return ops.sum(ops.square(ops.image.affine_transform(blob, numbers) - moved))

    step = wg.function(lambda at: at - 0.05 * wg.grad(loss)(at))
    for _ in range(60):
        at = step(at)
    np.testing.assert_allclose(at, [-1.5, 1.0], atol=0.02)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ops.image.rgb_to_hsv(X.astype("uint8")), DTypeError, "images must be floating-point"),
        (lambda: ops.image.rgb_to_grayscale(X[..., :2]), ShapeError, "must have 3 channels; got f32"),
        (lambda: ops.image.gaussian_blur(X[0, 0]), ShapeError, "must have 3 axes, or 4 for a batch"),
        (
            lambda: ops.image.resize(X, (2, 2), "cubic"),
            ValueRangeError,
            'resize: interpolation must be "nearest"',
        ),
        (
            lambda: ops.image.resize(X, (2, 2), data_format="NHWC"),
            ValueRangeError,
            "resize: data_format must be",
        ),
        (
            lambda: ops.image.pad_images(X, 1, 1, 1),
            UsageError,
            "two of left_padding, right_padding, target_width",
        ),
        (
            lambda: ops.image.crop_images(X, 1, 1, target_height=20, target_width=2),
            ValueRangeError,
            "must leave no side below 0; got 1 and -12",
        ),
        (
            lambda: ops.image.affine_transform(X, SAME[:6]),
            ShapeError,
            r"transform must be \[8\] or \[batch, 8\]",
        ),
        (
            lambda: ops.image.affine_transform(X, np.stack([SAME] * 3)),
            ShapeError,
            "one transform for all images",
        ),
        (lambda: ops.image.map_coordinates(X, CORNERS[:3], 1), ShapeError, "coordinates must be"),
        (lambda: ops.image.ssim(X, X[0]), ShapeError, "ssim: both must be an image or a batch"),
        (lambda: ops.image.ssim(X, X), ValueRangeError, "filter_size must be at most the sides"),
        (
            lambda: ops.image.scale_and_translate(X, X.shape, [1.0], [0.0], (1, 2), "linear"),
            ShapeError,
            "scale must be a number for each of axes",
        ),
    ],
)
def test_wrong_calls_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()
