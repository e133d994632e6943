"""vmap of Python functions: axes, trees, closures, nesting with derivatives and functions."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, TraceError, UsageError

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 3))
W = RNG.standard_normal((3, 2))


def net(x, w):
    return wg.tanh(x @ w)


@pytest.mark.parametrize("wrap", [lambda f: f, wg.function])
def test_a_batch_is_the_stacked_single_calls(wrap):
    got = wrap(wg.vmap(net, in_axes=(0, None)))(X, W)
    np.testing.assert_allclose(got, np.tanh(X @ W), rtol=1e-12)


def test_axes_of_arguments_and_results():
    f = wg.vmap(
        lambda t, k: {"a": t["x"] * k, "b": k}, in_axes=({"x": 1}, None), out_axes={"a": -1, "b": None}
    )
    out = f({"x": X}, wg.Tensor(2.0, "float64"))
    np.testing.assert_allclose(out["a"], X * 2)
    assert out["b"].shape == ()
    np.testing.assert_allclose(wg.vmap(lambda x, *, y: x + y)(X, y=X), 2 * X)


def test_what_is_the_same_for_all_is_repeated_where_an_axis_is_asked_for():
    assert wg.vmap(lambda x: wg.Tensor([1.0, 2.0]))(X).shape == (4, 2)


def test_vmaps_nest():
    pairs = wg.vmap(wg.vmap(lambda a, b: wg.sum(a * b), in_axes=(None, 0)), in_axes=(0, None))
    np.testing.assert_allclose(pairs(X, X), X @ X.T)


def test_gradients_of_each_example():
    def loss(w, x):
        return wg.sum(net(x, w) ** 2.0)

    each = wg.vmap(wg.grad(loss), in_axes=(None, 0))(W, X)
    for k in range(4):
        np.testing.assert_allclose(each[k], wg.grad(loss)(wg.Tensor(W), X[k]), rtol=1e-12)


def test_derivatives_find_what_the_function_closes_over():
    w, v = wg.Tensor(W), wg.Variable(np.float64(2.0))
    want = (1 - np.tanh(X @ W) ** 2).T @ X

    def total(w):
        return wg.sum(wg.vmap(lambda x: net(x, w) * v)(X))

    np.testing.assert_allclose(wg.grad(total)(w), 2 * want.T, rtol=1e-12)
    np.testing.assert_allclose(wg.function(wg.grad(total))(w), 2 * want.T, rtol=1e-12)
    with wg.GradientTape() as tape:
        y = total(w)
    np.testing.assert_allclose(tape.gradient(y, v), np.tanh(X @ W).sum(), rtol=1e-12)


def test_a_symbolic_batch():
    f = wg.function(wg.vmap(lambda x: wg.sum(x * x)), signature=("f64[n,3]",))
    for n in (1, 4):
        np.testing.assert_allclose(f(X[:n]), (X[:n] ** 2).sum(1), rtol=1e-12)
    assert f.compiles == 1


def test_variables_may_be_assigned_what_is_the_same_for_all():
    count, last = wg.Variable(0.0), wg.Variable(0.0)
    wg.vmap(lambda x: count.assign_add(1.0) or x)(X)
    assert count.numpy() == 1
    with pytest.raises(UsageError, match="vmap: what is assigned.*must be the same for all"):
        wg.vmap(lambda x: last.assign(wg.sum(x)) or x)(X)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wg.vmap(net)(X, W), ShapeError, "vmap: batches must be of one length; got"),
        (
            lambda: wg.vmap(lambda x: x)(wg.Tensor(1.0)),
            ShapeError,
            r"vmap: an argument.*got f32\[\].*in_axes=None",
        ),
        (lambda: wg.vmap(lambda x: x, in_axes=5)(X), ShapeError, "vmap: axis must be in -2..1"),
        (lambda: wg.vmap(lambda x: x, in_axes=None)(X), ShapeError, "got none"),
        (lambda: wg.vmap(lambda x: x, in_axes=(0, 0))(X), UsageError, "vmap: in_axes must be"),
        (lambda: wg.vmap(lambda x: x, out_axes=None)(X), UsageError, "out_axes=None must be the same"),
        (lambda: wg.vmap(lambda x: x if wg.sum(x) > 0 else -x)(X), TraceError, "Choose with wg.where"),
    ],
)
def test_wrong_calls_say_what_must_hold(call, error, message):
    with pytest.raises(error, match=message):
        call()
