"""Jacobians and Hessians: both modes agree with what is known, over trees and in functions."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ValueRangeError

X = np.array([0.3, -0.7, 1.1])
A = np.random.default_rng(0).standard_normal((2, 3))


def f(x):
    return wg.sin(A @ x)


WANT = np.cos(A @ X)[:, None] * A


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
@pytest.mark.parametrize("wrap", [lambda f: f, wg.function])
def test_both_modes_give_the_matrix(mode, wrap):
    np.testing.assert_allclose(wrap(wg.jacobian(f, mode=mode))(X), WANT, rtol=1e-12)


@pytest.mark.parametrize("jac", [wg.jacfwd, wg.jacrev])
def test_shapes_are_outputs_then_inputs(jac):
    x = np.random.default_rng(1).standard_normal((2, 3))
    out = jac(lambda x: wg.transpose(x) * 2.0)(x)
    assert out.shape == (3, 2, 2, 3)
    np.testing.assert_allclose(
        np.einsum("abij->abij", out), 2 * np.einsum("aj,bi->abij", np.eye(3), np.eye(2))
    )


@pytest.mark.parametrize("jac", [wg.jacfwd, wg.jacrev])
def test_trees_of_results_hold_trees_of_arguments(jac):
    out = jac(lambda p, s: {"y": p["a"] * p["b"], "z": (s,)}, argnums=(0, 1))(
        {"a": wg.Tensor(X), "b": wg.Tensor(2 * X)}, wg.Tensor(1.0, "float64")
    )
    by_p, by_s = out["y"]
    np.testing.assert_allclose(by_p["a"], np.diag(2 * X))
    np.testing.assert_allclose(by_s, np.zeros(3))
    assert out["z"][0][1].item() == 1


@pytest.mark.parametrize("wrap", [lambda f: f, wg.function])
def test_hessian(wrap):
    def g(x):
        return wg.sum(wg.sin(x) * x[::-1])

    x0, x1, x2 = X
    want = np.diag(-np.sin(X) * X[::-1])
    want[0, 2] = want[2, 0] = np.cos(x0) + np.cos(x2)
    want[1, 1] += 2 * np.cos(x1)
    np.testing.assert_allclose(wrap(wg.hessian(g))(X), want, rtol=1e-12)
    np.testing.assert_allclose(wg.jacrev(wg.jacfwd(g))(X), want, rtol=1e-12)
    np.testing.assert_allclose(wg.jacfwd(wg.jacrev(g))(X), want, rtol=1e-12)


def test_hessian_of_trees():
    out = wg.hessian(lambda p: p["a"] * wg.sum(p["b"]) ** 2.0)({"a": wg.Tensor(3.0), "b": wg.ones(2)})
    assert out["a"]["a"].item() == 0
    np.testing.assert_allclose(out["a"]["b"], [4, 4])
    np.testing.assert_allclose(out["b"]["b"], np.full((2, 2), 6))


def test_the_choice_of_the_mode_is_explained():
    assert wg.jacobian(f).explain(X) == "reverse: 2 directions of the outputs are fewer than 3 of the inputs"
    assert (
        wg.jacobian(lambda x: wg.sin(x))
        .explain(X)
        .startswith("forward: 3 directions of the inputs are as many as 3")
    )
    assert wg.jacobian(f, mode="forward").explain(X) == "forward: as asked for"
    with pytest.raises(
        ValueRangeError, match="jacobian: mode must be one of auto, forward, reverse; got 'back'"
    ):
        wg.jacobian(f, mode="back")


def test_a_symbolic_length():
    h = wg.function(wg.jacobian(lambda x: x * x), signature=("f64[n]",))
    for n in (1, 3):
        np.testing.assert_allclose(h(X[:n]), np.diag(2 * X[:n]))
    assert h.compiles == 1
