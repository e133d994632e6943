"""Convolution and pooling with arguments in Keras's order: groups, and channels that come first."""

import numpy as np
import pytest

import wengert as wg
from wengert import ops
from wengert.base.errors import ShapeError

RNG = np.random.default_rng(0)
X = RNG.random((2, 6, 5, 4)).astype("float32")
FIRST = np.moveaxis(X, -1, 1)


def test_a_kernel_of_fewer_channels_works_in_groups():
    kernel = RNG.random((3, 3, 2, 6)).astype("float32")
    got = ops.conv(X, kernel, 1, "same")
    halves = [
        ops.conv(X[..., 2 * k : 2 * k + 2], kernel[..., 3 * k : 3 * k + 3], padding="same") for k in (0, 1)
    ]
    np.testing.assert_allclose(got, np.concatenate(halves, -1), rtol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda x, **how: ops.conv(x, np.ones((3, 2, 4, 2), "float32"), 2, "same", **how),
        lambda x, **how: ops.depthwise_conv(x, np.ones((3, 2, 4, 2), "float32"), **how),
        lambda x, **how: ops.conv_transpose(x, np.ones((3, 2, 2, 4), "float32"), 2, **how),
        lambda x, **how: ops.max_pool(x, 2, **how),
        lambda x, **how: ops.average_pool(x, (3, 2), 1, "same", **how),
        lambda x, **how: ops.adaptive_max_pool(x, (2, 3), **how),
        lambda x, **how: ops.adaptive_average_pool(x, 3, **how),
    ],
)
def test_channels_may_come_first(call):
    got = np.asarray(call(FIRST, data_format="channels_first"))
    np.testing.assert_allclose(np.moveaxis(got, 1, -1), call(X), rtol=1e-5)


def test_separable_convolution_is_two_convolutions():
    depthwise, pointwise = (
        RNG.random((3, 3, 4, 2)).astype("float32"),
        RNG.random((1, 1, 8, 5)).astype("float32"),
    )
    got = ops.separable_conv(X, depthwise, pointwise, 2, "same")
    np.testing.assert_allclose(got, wg.conv(wg.depthwise_conv(X, depthwise, 2, "same"), pointwise), rtol=1e-5)


def test_channels_that_are_no_multiple_are_refused():
    with pytest.raises(
        ShapeError, match="conv: the channels of .* must be a multiple of those of the kernel"
    ):
        ops.conv(X, np.ones((3, 3, 3, 2), "float32"))
