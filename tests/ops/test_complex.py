"""Complex numbers: parts, and derivatives by the convention dL/dx - i dL/dy for a real L of x + iy."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError

RNG = np.random.default_rng(3)
Z, W = (RNG.uniform(0.2, 0.8, 5) + 1j * RNG.uniform(0.2, 0.8, 5) for _ in range(2))
STEP = 1e-6

UNARY = (
    "abs acos acosh asin asinh atan atanh conj cos cosh exp expm1 imag log log1p log2 log10 negative real reciprocal "
    "sign sin sinh sqrt square tan tanh rsqrt"
)
BINARY = "add subtract multiply divide pow"


def loss(f, *zs):
    """A real number that depends on both parts of every element."""
    y = f(*zs)
    weights = np.arange(1.0, 6.0)
    return wg.sum(wg.real(y) * weights) + wg.sum(wg.imag(y) * weights[::-1])


def numeric(f, zs, k):
    """dL/dx - i dL/dy by each element of argument k."""
    found = np.zeros(5, complex)
    for n in range(5):
        for unit, sign in ((1, 1), (1j, -1j)):
            ends = []
            for step in (STEP, -STEP):
                moved = [z.copy() for z in zs]
                moved[k][n] += step * unit
                ends.append(loss(f, *map(wg.Tensor, moved)).item())
            found[n] += sign * (ends[0] - ends[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize(
    ("name", "zs"), [(n, (Z,)) for n in UNARY.split()] + [(n, (Z, W)) for n in BINARY.split()]
)
def test_gradients_are_those_of_the_parts(name, zs):
    f = getattr(wg, name)
    grads = wg.grad(lambda *z: loss(f, *z), tuple(range(len(zs))))(*map(wg.Tensor, zs))
    for k, g in enumerate(grads):
        assert g.dtype == "complex128"
        np.testing.assert_allclose(g.numpy(), numeric(f, zs, k), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", UNARY.split())
def test_forward_mode_agrees_with_reverse_mode(name):
    f, direction = getattr(wg, name), W[::-1].copy()
    _, dot = wg.jvp(lambda z: loss(f, z), (wg.Tensor(Z),), (wg.Tensor(direction),))
    g = wg.grad(lambda z: loss(f, z))(wg.Tensor(Z)).numpy()
    np.testing.assert_allclose(dot.item(), np.sum(g * direction).real, rtol=1e-12)


def test_a_matrix_product_has_a_complex_gradient():
    a, b = RNG.normal(size=(2, 3, 3)) + 1j * RNG.normal(size=(2, 3, 3))
    g = wg.grad(lambda a: wg.sum(wg.abs(a @ b)))(wg.Tensor(a)).numpy()
    moved = [np.abs((a + d) @ b).sum() for d in (STEP, -STEP, 1j * STEP, -1j * STEP)]
    along_ones = (moved[0] - moved[1] - 1j * (moved[2] - moved[3])) / (2 * STEP)
    np.testing.assert_allclose(g.sum(), along_ones, rtol=1e-6)


def test_real_numbers_that_become_complex_have_real_gradients():
    g = wg.grad(lambda x: wg.abs(wg.exp(x * 1j) * x))(wg.Tensor(2.0))
    assert (g.dtype, g.item()) == ("float32", pytest.approx(1.0))


def test_parts_of_real_numbers():
    x = wg.Tensor([1.0, -2.0])
    assert wg.real(x) is x
    assert wg.conj(x) is x
    assert wg.imag(x).numpy().tolist() == [0, 0]


def test_what_has_an_order_refuses_complex_numbers():
    z = wg.Tensor(Z)
    for call in (
        lambda: z < z,
        lambda: wg.maximum(z, z),
        lambda: z % z,
        lambda: wg.floor(z),
        lambda: wg.max(z),
    ):
        with pytest.raises(DTypeError, match=r"got c128\[5\]"):
            call()


def test_expm1_and_log1p_are_exact_near_0():
    z = np.array([1e-12 + 1e-12j, 1e-9 - 3e-5j])
    np.testing.assert_allclose(wg.log1p(wg.expm1(wg.Tensor(z))).numpy(), z, rtol=1e-14)
