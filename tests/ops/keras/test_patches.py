"""Patches put into columns and back, and space into channels: as in PyTorch and TensorFlow."""

import numpy as np
import pytest

from wengert import ops
from wengert.base.errors import ShapeError, ValueRangeError

RNG = np.random.default_rng(0)
X = RNG.random((2, 3, 7, 6)).astype("float32")


@pytest.mark.parametrize(
    ("kernel", "dilation", "padding", "stride"), [(2, 1, 0, 1), ((3, 2), (1, 2), (1, 0), (2, 1))]
)
def test_columns_are_patches_and_fold_is_the_transpose(kernel, dilation, padding, stride):
    y = np.asarray(ops.unfold(X, kernel, dilation, padding, stride))
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = (
        np.broadcast_to(a, 2) for a in (kernel, dilation, padding, stride)
    )
    wide = np.pad(X, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = (wide.shape[2] - dh * (kh - 1) - 1) // sh + 1
    columns = (wide.shape[3] - dw * (kw - 1) - 1) // sw + 1
    want = [
        wide[:, :, r * sh : r * sh + dh * kh : dh, c * sw : c * sw + dw * kw : dw][:, :, :kh, :kw].reshape(
            2, -1
        )
        for r in range(rows)
        for c in range(columns)
    ]
    np.testing.assert_array_equal(y, np.stack(want, -1))
    g = RNG.random(y.shape).astype("float32")
    back = np.asarray(ops.fold(g, (7, 6), kernel, dilation, padding, stride))
    assert np.sum(back * X) == pytest.approx(np.sum(g * y), rel=1e-5)


def test_space_becomes_depth_and_depth_space():
    for data_format in ("channels_last", "channels_first"):
        x = np.moveaxis(X[..., :6, :6], 1, -1) if data_format == "channels_last" else X[..., :6, :6]
        deep = np.asarray(ops.space_to_depth(x, 2, data_format))
        pixel = deep[0, 1, 2] if data_format == "channels_last" else deep[0, :, 1, 2]
        block = x[0, 2:4, 4:6] if data_format == "channels_last" else x[0, :, 2:4, 4:6]
        np.testing.assert_array_equal(pixel, block.ravel())
        np.testing.assert_array_equal(ops.depth_to_space(deep, 2, data_format), x)


def test_wrong_calls_say_what_is_wrong():
    with pytest.raises(ShapeError, match=r"fold: x must be \[batch, channels \* 4, 30\]"):
        ops.fold(X[:, 0], (7, 6), 2)
    with pytest.raises(ShapeError, match=r"unfold: x must be \[batch, channels, h, w\]"):
        ops.unfold(X[0], 2)
    with pytest.raises(ShapeError, match="channels must be a multiple of 4"):
        ops.depth_to_space(X, 2)
    with pytest.raises(ValueRangeError, match="block_size must be a positive int; got 0"):
        ops.space_to_depth(X, 0)
