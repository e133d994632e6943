"""Derivatives at the edge of a domain: finite where the true one is, whichever branch a where does not take."""

import numpy as np
import pytest

import wengert as wg
from wengert import activations as act

ZERO = [0.0, 1.0]

# (function, points, true derivative of its sum)
EDGES = {
    "where log": (lambda x: wg.where(x > 0, wg.log(x), 0.0), [0.0, -1.0, 2.0], [0, 0, 0.5]),
    "where log1p": (lambda x: wg.where(x > -1, wg.log1p(x), 0.0), [-1.0, -2.0, 1.0], [0, 0, 0.5]),
    "where log2": (lambda x: wg.where(x > 0, wg.log2(x), 0.0), [0.0, 1.0], [0, 1 / np.log(2)]),
    "where sqrt": (lambda x: wg.where(x > 0, wg.sqrt(x), 0.0), [0.0, -1.0, 4.0], [0, 0, 0.25]),
    "where rsqrt": (lambda x: wg.where(x > 0, wg.rsqrt(x), 0.0), [0.0, -1.0, 4.0], [0, 0, -1 / 16]),
    "where reciprocal": (lambda x: wg.where(wg.not_equal(x, 0), 1.0 / x, 0.0), [0.0, 2.0], [0, -0.25]),
    "where ratio": (lambda x: wg.where(wg.not_equal(x, 0), wg.sin(x) / x, 1.0), [0.0, np.pi], [0, -1 / np.pi]),
    "where x / x": (lambda x: wg.where(wg.not_equal(x, 0), x / x, 1.0), ZERO, [0, 0]),
    "where pow": (lambda x: wg.where(x > 0, x**0.5, 0.0), [0.0, -1.0, 4.0], [0, 0, 0.25]),
    "where x ** x": (lambda x: wg.where(x > 0, x**x, 1.0), [0.0, -1.0, 1.0], [0, 0, 1]),
    "where 2 ** x": (lambda x: wg.where(x < 9, 2.0**x, 0.0), [2e4, 1.0], [0, 2 * np.log(2)]),
    "where exp": (lambda x: wg.where(x < 9, wg.exp(x), 0.0), [1e4, 0.0], [0, 1]),
    "where expm1": (lambda x: wg.where(x < 9, wg.expm1(x), 0.0), [1e4, 0.0], [0, 1]),
    "where tan": (lambda x: wg.where(x < 1, wg.tan(x), 0.0), [2.0, 0.0], [0, 1]),
    "where cosh": (lambda x: wg.where(x < 9, wg.cosh(x), 0.0), [1e4, 0.0], [0, 0]),
    "where sinh": (lambda x: wg.where(x < 9, wg.sinh(x), 0.0), [1e4, 0.0], [0, 1]),
    "where square": (lambda x: wg.where(x < 9, wg.square(x), 0.0), [np.inf, 1.0], [0, 2]),
    "where product": (lambda x: wg.where(x < 9, x * x * x, 0.0), [np.inf, 1.0], [0, 3]),
    "x ** 2": (lambda x: x**2.0, [0.0, -1.0], [0, -2]),
    "x ** 1": (lambda x: x**1.0, [0.0, -1.0], [1, 1]),
    "x ** 0": (lambda x: x**0.0, [0.0, -1.0], [0, 0]),
    "0 ** x": (lambda x: wg.zeros_like(x) ** x, [1.0, 2.0], [0, 0]),
    "norm": (lambda x: wg.linalg.norm(x), [0.0, 0.0], [0, 0]),
    "norm 3": (lambda x: wg.linalg.norm(x, ord=3), [0.0, 0.0], [0, 0]),
    "std": (lambda x: wg.std(x), [1.0, 1.0], [0, 0]),
    "prod": (lambda x: wg.prod(x), [0.0, 3.0], [3, 0]),
    "prod of zeros": (lambda x: wg.prod(x), [0.0, 0.0], [0, 0]),
    "logsumexp": (lambda x: wg.logsumexp(x), [-np.inf, 0.0], [0, 1]),
    "logaddexp": (lambda x: wg.logaddexp(x, 0.0), [0.0, 1e4, -1e4], [0.5, 1, 0]),
    "x log x": (lambda x: wg.where(wg.equal(x, 0), 0.0, x * wg.log(x)), [0.0, 1.0], [0, 1]),
    "softplus": (act.softplus, [1e4, -1e4], [1, 0]),
    "log_sigmoid": (act.log_sigmoid, [1e4, -1e4], [0, 1]),
    "log_softmax": (lambda x: act.log_softmax(x)[0], [-1e4, 0.0], [1, -1]),
    "sigmoid": (act.sigmoid, [1e4, -1e4], [0, 0]),
    "tanh": (wg.tanh, [1e4, -1e4], [0, 0]),
    "elu": (act.elu, [1e4, -1e4], [1, 0]),
    "gelu": (act.gelu, [1e2, -1e2], [1, 0]),
    "silu": (act.silu, [1e2, -1e4], [1, 0]),
    "mish": (act.mish, [1e2, -1e3], [1, 0]),
    "abs": (wg.abs, [0.0, -1.0], [0, -1]),
    "multiply by zeros": (lambda x: wg.ones(2).at[[0, 0, 1]].multiply(x), [0.0, 3.0, 2.0], [3, 0, 1]),
    "multiply by zeros only": (lambda x: wg.ones(1).at[[0, 0]].multiply(x), [0.0, 0.0], [0, 0]),
    "relu": (act.relu, [0.0, -1.0, 1.0], [0, 0, 1]),
}  # fmt: skip


def derivatives(f, x):
    def total(x):
        return wg.sum(f(x))

    n = len(x)
    eye = np.eye(n)
    forward = wg.stack([wg.jvp(total, (x,), (eye[k],))[1] for k in range(n)])
    return wg.grad(total)(x), forward


@pytest.mark.parametrize("wrap", [lambda f: f, wg.function], ids=["eager", "compiled"])
@pytest.mark.parametrize("name", EDGES)
def test_derivative_is_finite_and_right(name, wrap):
    f, points, want = EDGES[name]
    for got in wrap(lambda x: derivatives(f, x))(np.array(points)):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", EDGES)
def test_second_derivative_is_finite(name):
    f, points, _ = EDGES[name]
    if "norm" in name or name == "std":
        return  # a kink: no second derivative
    h = wg.hvp(lambda x: wg.sum(f(x)), (np.array(points),), (np.ones(len(points)),))[0]
    assert np.isfinite(h.numpy()).all()
