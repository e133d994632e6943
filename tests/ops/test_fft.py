"""Fourier transforms: NumPy's results for every length, axis and norm; derivatives; wrong calls."""

import numpy as np
import pytest

import wengert as wg
from tests.ops.test_decompositions import DTYPES, both_ways, near, some
from wengert.base.errors import DTypeError, ShapeError, ValueRangeError

ONE = ("fft", "ifft", "irfft", "hfft")
OF_REAL = ("rfft", "ihfft")
NORMS = ("backward", "ortho", "forward")


def pair(name):
    return getattr(wg.fft, name), getattr(np.fft, name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ONE + OF_REAL)
def test_along_an_axis(name, dtype):
    if name in OF_REAL and "complex" in dtype:
        return
    ours, numpys = pair(name)
    for k, shape in enumerate(((6,), (3, 4), (2, 5, 3), (0, 4))):
        x = some(shape, dtype)
        for n in (None, 1, 4, 7):
            for axis in range(-len(shape), len(shape)):
                if shape[axis] > 1:
                    near(ours(x, n=n, axis=axis, norm=NORMS[k % 3]), numpys(x, n, axis, NORMS[k % 3]))
    both_ways(lambda x: ours(x, n=5), some((3, 4), dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
def test_along_several_axes(name, dtype):
    if name == "rfftn" and "complex" in dtype:
        return
    ours, numpys = pair(name)
    x = some((3, 4, 5), dtype)
    for norm in NORMS:
        for s, axes in (
            (None, None),
            ((2, 7), (0, 2)),
            (None, (1,)),
            ((3, 2), (2, 0)),
            ((3, 4, 6), (0, 1, 2)),
        ):
            near(ours(x, s=s, axes=axes, norm=norm), numpys(x, s, axes, norm))
    both_ways(ours, x)


@pytest.mark.parametrize(
    ("there", "back"), [("fft", "ifft"), ("rfft", "irfft"), ("ihfft", "hfft"), ("fftn", "ifftn")]
)
def test_there_and_back(there, back):
    x = some((3, 6))
    near(wg.real(getattr(wg.fft, back)(getattr(wg.fft, there)(x))), x)


def test_shifts():
    for shape in ((5,), (4, 3), (1, 2, 7)):
        x = some(shape)
        for axes in (None, 0, tuple(range(len(shape)))):
            near(wg.fft.fftshift(x, axes=axes), np.fft.fftshift(x, axes))
            near(wg.fft.ifftshift(wg.fft.fftshift(x, axes=axes), axes=axes), x)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_frequencies(n):
    near(wg.fft.fftfreq(n, d=0.5, dtype="float64"), np.fft.fftfreq(n, 0.5))
    near(wg.fft.rfftfreq(n, d=0.5), np.fft.rfftfreq(n, 0.5).astype("f"))


def test_one_program_for_all_lengths():
    def f(x):
        return (
            wg.fft.irfft(wg.fft.rfft(x) * 2.0, n=x.shape[1]),
            wg.fft.fftshift(wg.fft.ifftshift(x)),
            wg.fft.fft(x),
        )

    compiled = wg.function(f, signature=("f64[m,n]",))
    for shape in ((3, 4), (0, 5), (2, 1), (1, 7)):
        x = some(shape)
        twice, same, whole = compiled(x)
        near(twice, 2 * x)
        near(same, x)
        near(whole, np.fft.fft(x))
    assert compiled.compiles == 1


def test_a_filter_learns():
    """The derivative of a convolution by the convolution theorem is that of the convolution."""
    x, k = some((8,)), some((8,))

    def fast(k):
        return wg.sum(wg.sin(wg.fft.irfft(wg.fft.rfft(x) * wg.fft.rfft(k), n=8)))

    def slow(k):
        rolled = wg.stack([wg.roll(x, j, 0) for j in range(8)])
        return wg.sum(wg.sin(k @ rolled))

    near(wg.grad(fast)(wg.Tensor(k)), np.asarray(wg.grad(slow)(wg.Tensor(k))))
    near(wg.hessian(fast)(wg.Tensor(k)), np.asarray(wg.hessian(slow)(wg.Tensor(k))), 2000)


def test_vmap():
    x = some((3, 4, 5), "complex128")
    near(wg.vmap(lambda x: wg.fft.fft(x, axis=0))(x), np.fft.fft(x, axis=1))
    near(wg.vmap(lambda x: wg.fft.irfft(x, n=8))(x), np.fft.irfft(x, 8))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wg.fft.fft(np.zeros((3, 0))), ShapeError, r"fft: axes .* not be empty"),
        (lambda: wg.fft.fft(np.ones(3), n=0), ShapeError, "fft: lengths must be positive ints; got 0"),
        (lambda: wg.fft.fft(np.ones(3), n=2.0), ShapeError, "fft: lengths must be positive ints; got 2.0"),
        (lambda: wg.fft.fft(np.ones(3), axis=1), ShapeError, "fft: axis must be in"),
        (lambda: wg.fft.ifft(np.ones(3), norm="x"), ValueRangeError, "fft: norm must be one of .* got 'x'"),
        (lambda: wg.fft.hfft(np.ones(3), norm="x"), ValueRangeError, "hfft: norm must be one of .* got 'x'"),
        (lambda: wg.fft.rfft(np.ones(3) * 1j), DTypeError, r"rfft: .* must be real; got c128\[3\]"),
        (lambda: wg.fft.irfft(np.ones(1)), ShapeError, "irfft: the result must have an element"),
        (
            lambda: wg.fft.fftn(np.ones((3, 3)), s=(2,), axes=(0, 1)),
            ShapeError,
            "fftn: axes must be different",
        ),
        (lambda: wg.fft.fftn(np.ones((3, 3)), axes=(1, -1)), ShapeError, "fftn: axes must be different"),
        (lambda: wg.fft.fftfreq(0), ValueRangeError, "fftfreq: n must be a positive int; got 0"),
        (lambda: wg.fft.rfftfreq(3, d=0), ValueRangeError, "rfftfreq: d, .* got 0"),
    ],
)
def test_wrong_calls(call, error, message):
    with pytest.raises(error, match=message):
        call()
