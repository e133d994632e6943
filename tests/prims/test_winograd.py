"""Winograd's maps: around products they are a convolution, as exact as is said."""

import numpy as np
import pytest

from wengert.prims.convolution import conv, conv_input_grad
from wengert.prims.winograd import (
    POINTS,
    ROUNDINGS,
    data_matrix,
    kernel_matrix,
    magnitude,
    output_matrix,
    winograd_data,
    winograd_kernel,
    winograd_output,
)

PLAIN = {"strides": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
TILES = pytest.mark.parametrize("tile", POINTS)


def in_tiles(x, k, tile, flip=False):
    kernel = winograd_kernel(k, tile=tile, flip=flip)
    if flip:
        kernel = kernel.swapaxes(1, 2)
    products = np.einsum("entuc,eco->entuo", winograd_data(x, tile=tile), kernel)
    return winograd_output(products.astype(x.dtype), tile=tile)


def numbers(seed, *shape, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@TILES
def test_the_maps_around_products_are_a_convolution(tile):
    x, k = (
        numbers(0, 2, 2 + 2 * tile, 2 + 3 * tile, 5, dtype="float64"),
        numbers(1, 3, 3, 5, 4, dtype="float64"),
    )
    np.testing.assert_allclose(in_tiles(x, k, tile), conv(x, k, **PLAIN), rtol=1e-11, atol=1e-12)


@TILES
def test_with_the_kernel_turned_round_they_are_its_gradient(tile):
    g, k = numbers(0, 1, tile + 2, tile + 2, 4, dtype="float64"), numbers(1, 3, 3, 5, 4, dtype="float64")
    full = PLAIN | {"padding": ((2, 2), (2, 2))}
    want = conv_input_grad(g, k, in_shape=(1, tile, tile, 5), **full)
    np.testing.assert_allclose(in_tiles(g, k, tile, flip=True), want, rtol=1e-11, atol=1e-12)


@TILES
def test_the_matrices_are_exact_numbers(tile):
    """Products with B and A round once: their entries are floats of few bits."""
    for matrix in (data_matrix(tile), output_matrix(tile)):
        assert all(float(v) == v and np.float32(v) == v for row in matrix for v in row)
    assert all(v.denominator & (v.denominator - 1) == 0 for row in data_matrix(tile) for v in row)
    assert len(kernel_matrix(tile)) == tile + 2


def data(kind, shape):
    x = numbers(2, *shape)
    if kind == "positive":
        return np.abs(x)
    if kind == "one is large":
        x[:, 1, 2] *= 1e6
    return x


@TILES
@pytest.mark.parametrize("kind", ["normal", "positive", "one is large"])
def test_the_error_is_within_the_stated_bound(tile, kind):
    x, k = data(kind, (1, 2 + 2 * tile, 2 + tile, 64)), numbers(3, 3, 3, 64, 16)
    exact = conv(x.astype("float64"), k.astype("float64"), **PLAIN)
    felt = magnitude(x, k, tile)
    assert (np.abs(in_tiles(x, k, tile) - exact) <= (64 / 4 + ROUNDINGS) * np.spacing(felt)).all()


@pytest.mark.parametrize(("tile", "ulp"), [(2, 2), (4, 10)])
def test_for_numbers_that_are_alike_the_error_is_a_few_ulp_of_the_terms(tile, ulp):
    """The error that users see: in units of 2^-24 of the sum of |x| |k|, of which a direct sum has about 3."""
    x, k = numbers(4, 4, 2 + 4 * tile, 2 + 4 * tile, 64), numbers(5, 3, 3, 64, 32)
    exact = conv(x.astype("float64"), k.astype("float64"), **PLAIN)
    terms = conv(np.abs(x).astype("float64"), np.abs(k).astype("float64"), **PLAIN)
    assert np.max(np.abs(in_tiles(x, k, tile) - exact) / terms) < ulp * 2**-24
    assert np.max(magnitude(x, k, tile) / terms) < {2: 12, 4: 130}[tile]
