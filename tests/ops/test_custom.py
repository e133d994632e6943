"""Rules by hand and checkpoints: right in both modes, compiled, under vmap; wrong rules are caught."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, UsageError
from wengert.ir.graph import Graph
from wengert.ir.parse import parse_graph
from wengert.ir.show import show_graph
from wengert.ir.verify import verify

X = wg.Tensor([0.3, -0.7, 1.1], "float64")
WRAPS = [lambda f: f, wg.function, lambda f: wg.function(f, compiled=False)]


@wg.custom_gradient
def log1pexp(x):
    e = wg.exp(x)
    return wg.log(1.0 + e), lambda g: g * (1.0 - 1.0 / (1.0 + e))


@wg.custom_jvp
def cube(x):
    return x * x * x, lambda dx: 3.0 * x * x * dx


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_reverse_rule_serves_all_kinds_of_derivatives(wrap):
    x = X.numpy()
    s = sigmoid(x)
    np.testing.assert_allclose(wrap(log1pexp)(X), np.log1p(np.exp(x)))
    np.testing.assert_allclose(wrap(wg.grad(lambda x: wg.sum(log1pexp(x))))(X), s)
    np.testing.assert_allclose(wrap(lambda x: wg.jvp(log1pexp, (x,), (x,))[1])(X), s * x)
    np.testing.assert_allclose(wrap(wg.hessian(lambda x: wg.sum(log1pexp(x))))(X), np.diag(s * (1 - s)))


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_forward_rule_serves_all_kinds_of_derivatives(wrap):
    x = X.numpy()
    np.testing.assert_allclose(wrap(cube)(X), x**3)
    np.testing.assert_allclose(wrap(wg.grad(lambda x: wg.sum(cube(x))))(X), 3 * x * x)
    np.testing.assert_allclose(wrap(lambda x: wg.jvp(cube, (x,), (x,))[1])(X), 3 * x**3)
    np.testing.assert_allclose(wrap(wg.vmap(wg.grad(wg.grad(cube))))(X), 6 * x)


def test_the_rule_is_what_is_used():
    through = wg.custom_gradient(lambda x: (wg.round(x), lambda g: g), check=False)
    np.testing.assert_array_equal(wg.grad(lambda x: wg.sum(through(x) * 2.0))(X), [2, 2, 2])
    np.testing.assert_array_equal(wg.jvp(through, (X,), (X,))[1], X)


def test_without_a_tape_no_rule_is_recorded():
    """A call is as fast as the function."""
    asked = []

    @wg.custom_gradient(check=False)
    def f(x):
        return x * 2.0, lambda g: asked.append(g) or g * 2.0

    assert f(wg.Tensor(1.0)).item() == 2.0
    assert not asked
    assert wg.grad(f)(wg.Tensor(1.0)).item() == 2.0
    assert asked


def test_several_arguments_and_results():
    @wg.custom_gradient
    def f(p, y, k):
        return (p["a"] * y, y * 2.0), lambda g, h: ({"a": g * y}, g * p["a"] + h * 2.0, None)

    def total(p, y):
        u, v = f(p, y, 3)
        return wg.sum(u) + wg.sum(v * v)

    gp, gy = wg.grad(total, argnums=(0, 1))({"a": X}, X)
    np.testing.assert_allclose(gp["a"], X)
    np.testing.assert_allclose(gy, X * 9.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "wrong", [lambda x, g: -g * wg.cos(x), lambda x, g: g * wg.sin(x), lambda x, g: g * wg.cos(x) * 1.1]
)
def test_a_wrong_rule_is_caught_at_first_use(wrong, dtype):
    f = wg.custom_gradient(lambda x: (wg.sin(x), lambda g: wrong(x, g)))
    with pytest.raises(UsageError, match="custom_gradient: the rule must agree with numeric differentiation"):
        f(wg.astype(X, dtype))
    f = wg.custom_jvp(lambda x: (wg.sin(x), lambda g: wrong(x, g)))
    with pytest.raises(UsageError, match="custom_jvp: the rule must agree"):
        wg.function(f, signature=(f"{dtype[0]}{dtype[-2:]}[n]",))(wg.astype(X, dtype))


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: x, UsageError, r"custom_gradient: the function must return \(result, rule\)"),
        (lambda x: (x, lambda g: (g, g)), UsageError, "must give a cotangent for each of 1 arguments; got 2"),
        (
            lambda x: (x, lambda g: g[:2]),
            ShapeError,
            r"must have the type of its value, f64\[3\]; got f64\[2\]",
        ),
        (lambda x: (x * V, lambda g: g * V), UsageError, "must be an argument.*'weight'"),
    ],
)
def test_wrong_functions_say_what_must_hold(f, error, message):
    with pytest.raises(error, match=message):
        wg.custom_gradient(f)(X)


V = wg.Variable(2.0, name="weight", dtype="float64")


# --- checkpoint -----------------------------------------------------------------------------------


def chain(x, w):
    for _ in range(3):
        x = wg.tanh(x @ w)
    return x


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_checkpoint_changes_no_derivative(wrap):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((4, 3)), rng.standard_normal((3, 3))

    def derivatives(f):
        def total(w):
            return wg.sum(f(x, w) ** 2.0)

        def all_of_them(w):
            return wg.grad(total)(w), *wg.hvp(total, (w,), (w,)), wg.jvp(total, (w,), (w,))[1]

        return wrap(all_of_them)(w)

    for got, want in zip(derivatives(wg.checkpoint(chain)), derivatives(chain), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9)


def test_a_checkpoint_keeps_nothing_but_its_operands():
    def kept(f):
        done = wg.gradient_graph(lambda x, w: wg.sum(f(x, w)), np.ones((4, 3), "f"), np.ones((3, 3), "f"))
        return [s.value.primitive.name for s in done.saved() if s.value.primitive is not None]

    assert kept(chain) == ["tanh"] * 3
    assert kept(wg.checkpoint(chain)) == []


def test_derivatives_find_what_a_checkpoint_closes_over():
    v = wg.Variable(2.0, dtype="float64")
    f = wg.checkpoint(lambda x: wg.sum(wg.sin(x * v)))
    with wg.GradientTape() as tape:
        y = f(X)
    np.testing.assert_allclose(tape.gradient(y, v), (np.cos(2 * X.numpy()) * X.numpy()).sum())


def test_calls_have_a_text_form():
    graph = wg.function(lambda x: log1pexp(x) + wg.checkpoint(wg.sin)(x)).graph(X)
    text = show_graph(graph, sources=False)
    assert show_graph(verify(parse_graph(text)), sources=False) == text
    assert isinstance(graph, Graph)
