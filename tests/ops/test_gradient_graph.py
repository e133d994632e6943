"""The reverse pass as lists: what is kept, for whom; the lists compute the gradient."""

import numpy as np
import pytest

import wengert as wg
from wengert.ir.graph import evaluate
from wengert.ir.verify import verify

X = wg.Tensor(np.random.default_rng(0).standard_normal((4, 3)), "float64")
W = wg.Tensor(np.random.default_rng(1).standard_normal((3, 2)), "float64")


def kept(f, *args):
    return [s.value.name or s.value.primitive.name for s in wg.gradient_graph(f, *args).saved()]


@pytest.mark.parametrize(
    ("f", "names"),
    [
        (wg.exp, ["exp"]),
        (lambda x: x + x, []),
        (lambda x: wg.exp(x) + 1.0, ["exp"]),
        (wg.activations.relu, ["maximum"]),
        (lambda x: wg.activations.relu(x * 2.0), ["maximum"]),
        (wg.tanh, ["tanh"]),
        (wg.sin, ["x0"]),
        (lambda x: wg.stop_gradient(wg.sin(x)) + x, []),
    ],
)
def test_what_each_operation_keeps(f, names):
    assert kept(f, X) == names


def test_the_lists_compute_the_gradient():
    def loss(x, w):
        return wg.sum(wg.tanh(x @ w) ** 2.0)

    done = wg.gradient_graph(loss, X, W)
    backward = verify(done.backward)
    both = evaluate(verify(done.joint), [X.numpy(), W.numpy(), np.float64(1)])
    want = wg.grad(loss, argnums=(0, 1))(X, W)
    for got, g in zip(both[1:], want, strict=True):
        np.testing.assert_allclose(got, g, rtol=1e-12)
    assert [i.name for i in backward.inputs] == [*(f"kept{k}" for k in range(len(done.saved()))), "g0"]


def test_printing_shows_both_lists_and_what_is_kept():
    text = str(wg.gradient_graph(lambda x: wg.sum(wg.exp(x)), X))
    assert "forward graph(%x0: f64[4,3])" in text
    assert "backward graph(%kept0: f64[4,3], %g0: f64[])" in text
    assert "kept:\n  exp: f64[4,3], 96 bytes" in text
    assert "test_gradient_graph.py" in text
