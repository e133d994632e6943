"""jvp, vjp, linearize, hvp and grad: over trees and variables, nested, inside and outside of functions."""

from dataclasses import dataclass

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError, UsageError

X = wg.Tensor([0.3, -0.7, 1.1], "float64")
V = wg.Tensor([1.0, 2.0, -0.5], "float64")


def f(x):
    return wg.sin(x) * x


def slope(x):
    return np.cos(x) * x + np.sin(x)


@dataclass
class Pair:
    w: object
    b: object


def test_jvp_gives_value_and_tangent():
    y, dy = wg.jvp(f, (X,), (V,))
    np.testing.assert_allclose(y, np.sin(X.numpy()) * X.numpy())
    np.testing.assert_allclose(dy, slope(X.numpy()) * V.numpy())


def test_vjp_pulls_back_as_often_as_asked():
    y, pullback = wg.vjp(f, X)
    np.testing.assert_allclose(y, np.sin(X.numpy()) * X.numpy())
    for scale in (1.0, 3.0):
        np.testing.assert_allclose(pullback(V * scale)[0], slope(X.numpy()) * V.numpy() * scale)


def test_linearize_pushes_as_often_as_asked():
    calls = []
    _, forward = wg.linearize(lambda x: calls.append(1) or f(x), X)
    np.testing.assert_allclose(forward(V) * 2.0, forward(V * 2.0))
    assert calls == [1]


def test_arguments_and_results_are_trees():
    def g(p, xs):
        return {"y": p.w * xs[0] + p.b, "z": (xs[1]["deep"] * p.b,)}

    args = Pair(X, V), [X, {"deep": V}]
    out, pullback = wg.vjp(g, *args)
    gp, gxs = pullback({"y": wg.ones_like(X), "z": (wg.zeros_like(X),)})
    assert isinstance(gp, Pair)
    np.testing.assert_allclose(gp.w, X)
    np.testing.assert_allclose(gxs[1]["deep"], 0)
    dots = Pair(V, X), [V, {"deep": X}]
    out, dout = wg.jvp(g, args, dots)
    np.testing.assert_allclose(dout["z"][0], X * V * 2.0)
    assert set(dout) == set(out)


@pytest.mark.parametrize("wrap", [lambda f: f, wg.function, lambda f: wg.function(f, compiled=False)])
def test_any_nesting_inside_and_outside_of_functions(wrap):
    def total(x):
        return wg.sum(f(x))

    def second(x, v):
        forward_over_reverse = wg.jvp(wg.grad(total), (x,), (v,))[1]
        reverse_over_forward = wg.grad(lambda x: wg.jvp(total, (x,), (v,))[1])(x)
        forward_twice = wg.jvp(lambda x: wg.jvp(f, (x,), (wg.ones_like(x),))[1], (x,), (v,))[1]
        reverse_twice = wg.vjp(wg.grad(total), x)[1](v)[0]
        return (
            forward_over_reverse,
            reverse_over_forward,
            forward_twice,
            reverse_twice,
            *wg.hvp(total, (x,), (v,)),
        )

    want = (2 * np.cos(X.numpy()) - np.sin(X.numpy()) * X.numpy()) * V.numpy()
    for got in wrap(second)(X, V):
        np.testing.assert_allclose(got, want, rtol=1e-12)


def test_inner_derivatives_do_not_see_outer_directions():
    """d/dx (x * d/dy (x + y)) = 1, not 2."""
    got = wg.jvp(lambda x: x * wg.jvp(lambda y: x + y, (wg.Tensor(1.0),), (1.0,))[1], (2.0,), (1.0,))[1]
    assert got.item() == 1.0


def test_derivatives_of_compiled_functions_pass_through_them():
    inner = wg.function(lambda x: wg.sum(f(x)))
    np.testing.assert_allclose(wg.grad(inner)(X), slope(X.numpy()))
    np.testing.assert_allclose(wg.function(wg.grad(inner))(X), slope(X.numpy()))
    with wg.GradientTape() as tape:
        tape.watch(X)
        y = inner(X)
    np.testing.assert_allclose(tape.gradient(y, X), slope(X.numpy()))


@pytest.mark.parametrize("wrap", [lambda f: f, wg.function])
def test_a_variable_stands_for_itself_where_the_function_reads_it(wrap):
    w = wg.Variable([1.0, 2.0], dtype="float64")

    def loss(*_):
        return wg.sum(w * w * w)

    @wrap
    def all_of_them():
        return wg.grad(loss)(w), wg.jvp(loss, (w,), (wg.ones_like(w),))[1], *wg.hvp(loss, (w,), (w,)), w * 1.0

    g, dot, hv, after = all_of_them()
    np.testing.assert_allclose(g, [3, 12])
    np.testing.assert_allclose(dot, 15)
    np.testing.assert_allclose(hv, [6, 24])
    np.testing.assert_allclose(after, [1, 2])


def test_has_aux_keeps_what_is_not_differentiated():
    (y, names), pullback = wg.vjp(lambda x: (x * x, ["anything", 3]), X, has_aux=True)
    assert names == ["anything", 3]
    np.testing.assert_allclose(pullback(1.0)[0], X * 2.0)


def test_a_result_that_does_not_depend_on_the_argument_has_derivative_zero():
    assert wg.grad(lambda x: 3.0)(wg.Tensor(1.0)).item() == 0
    out, dot = wg.jvp(lambda x: (x, wg.Tensor([1, 2])), (X,), (V,))
    np.testing.assert_array_equal(dot[1], 0)
    np.testing.assert_array_equal(wg.vjp(lambda x: x, X)[1](V)[0], V)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wg.jvp(f, X, V), UsageError, "jvp: primals must be a tuple"),
        (lambda: wg.jvp(f, (X,), (V, V)), UsageError, "jvp: directions must be nested as the values are"),
        (
            lambda: wg.jvp(f, (X,), (V[:2],)),
            ShapeError,
            r"jvp: a direction must have the shape.*f64\[3\]; got f64\[2\]",
        ),
        (lambda: wg.vjp(f, X)[1](V[:2]), ShapeError, r"vjp: a direction must have the shape"),
        (lambda: wg.jvp(f, (wg.Tensor([1]),), (1.0,)), DTypeError, "must be floating-point; got i64"),
        (lambda: wg.grad(f)(X), ShapeError, r"grad: the function must return a scalar; got f64\[3\]"),
        (lambda: wg.hvp(f, (X,), (V,)), ShapeError, "hvp: the function must return a scalar"),
        (lambda: wg.grad(f, argnums=1)(X), UsageError, "grad: argnums must name positional arguments"),
    ],
)
def test_wrong_calls_say_what_must_hold(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_pullback_given_an_array_gives_tensors():
    _, pullback = wg.vjp(lambda x: x * 2.0, wg.ones(3))
    (g,) = pullback(np.ones(3))
    assert isinstance(g, wg.Tensor)
