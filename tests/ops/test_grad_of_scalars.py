"""grad, value_and_grad, gradients: functions with a scalar result, arguments that are trees, any order."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError, UsageError


def f64(x):
    return np.asarray(x, "float64")


def test_orders_nest():
    def f(x):
        return wg.sin(x) * x

    x = 0.7
    s, c = np.sin(x), np.cos(x)
    want = [s * x, c * x + s, -s * x + 2 * c, -c * x - 3 * s, s * x - 4 * c]
    for value in want:
        np.testing.assert_allclose(f(wg.Tensor(f64(x))).item(), value)
        f = wg.grad(f)


def test_orders_nest_inside_of_a_function():
    second = wg.function(wg.grad(wg.grad(lambda x: wg.exp(2.0 * x))), signature=("f64[]",))
    np.testing.assert_allclose(second(f64(0.3)).item(), 4 * np.exp(0.6))


def test_an_inner_derivative_is_differentiated_too():
    def f(x):
        return x * wg.grad(lambda y: x * y * y)(2.0 * x)  # x * 4 x^2

    np.testing.assert_allclose(wg.grad(f)(f64(3.0)).item(), 12 * 9.0)


def test_an_inner_function_may_use_an_outer_argument():
    # d/dx (x * d/dy (x + y)) = 1: perturbations must not be confused (Siskind & Pearlmutter, 2005)
    assert wg.grad(lambda x: x * wg.grad(lambda y: x + y)(1.0))(f64(1.0)).item() == 1


def test_value_and_grad_gives_both():
    value, g = wg.value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    assert (value.item(), g.numpy().tolist()) == (5, [2, 4])


def test_arguments_are_chosen_by_number():
    def f(x, y, z):
        return x * y * y + z

    assert wg.grad(f, 1)(f64(2.0), f64(3.0), f64(0.0)).item() == 12
    gx, gz = wg.grad(f, (0, -1))(f64(2.0), f64(3.0), f64(0.0))
    assert (gx.item(), gz.item()) == (9, 1)
    with pytest.raises(UsageError, match=r"argnums must name positional arguments; got \(3,\) for 3 of them"):
        wg.grad(f, 3)(f64(2.0), f64(3.0), f64(0.0))


def test_arguments_may_be_trees():
    params = {"w": np.array([1.0, 2.0]), "b": [f64(3.0), None]}
    g = wg.grad(lambda p, x: (p["w"] * x).sum() * p["b"][0])(params, np.array([5.0, 6.0]))
    assert g["w"].numpy().tolist() == [15, 18]
    assert (g["b"][0].item(), g["b"][1]) == (17, None)


def test_aux_is_handed_through():
    def f(x):
        return x * x, {"twice": 2 * x}

    g, aux = wg.grad(f, has_aux=True)(f64(3.0))
    assert (g.item(), aux["twice"].item()) == (6, 6)
    (value, aux), g = wg.value_and_grad(f, has_aux=True)(f64(3.0))
    assert (value.item(), aux["twice"].item(), g.item()) == (9, 6, 6)


def test_what_does_not_matter_has_a_derivative_of_zero():
    gx, gy = wg.grad(lambda x, y: (x * x).sum(), (0, 1))(np.ones(2), np.ones((2, 3)))
    assert gx.numpy().tolist() == [2, 2]
    assert gy.numpy().tolist() == np.zeros((2, 3)).tolist()


def test_a_constant_result_has_a_derivative_of_zero():
    assert wg.grad(lambda x: wg.Tensor(3.0))(f64(1.0)).item() == 0


def test_stop_gradient_stops():
    assert wg.grad(lambda x: x * wg.stop_gradient(x * x))(f64(3.0)).item() == 9


@pytest.mark.parametrize("compiled", [True, False])
def test_variables_are_arguments_like_others(compiled):
    v = wg.Variable([1.0, 2.0])

    def loss(v, x):
        return (v * v * x).sum()

    assert wg.grad(loss)(v, np.float32(3)).numpy().tolist() == [6, 12]
    step = wg.function(lambda x: wg.grad(loss)(v, x), compiled=compiled)
    assert step(np.float32(3)).numpy().tolist() == [6, 12]
    v.assign([2.0, 2.0])
    assert step(np.float32(1)).numpy().tolist() == [4, 4]


def test_python_numbers_are_taken():
    assert wg.grad(lambda x: x * x)(3.0).item() == 6


def test_the_result_must_be_a_scalar():
    with pytest.raises(ShapeError, match=r"must return a scalar; got f32\[2\]. Take its sum"):
        wg.grad(lambda x: x * 2.0)(np.ones(2, "f"))


@pytest.mark.parametrize("x", [np.arange(3), 3, True])
def test_arguments_must_be_floats(x):
    with pytest.raises(DTypeError, match="must be floating-point; got"):
        wg.grad(lambda x: (x * 1.0).sum())(x)


def test_gradients_weighs_outputs():
    def f(x):
        y, z = x * x, wg.sin(x)
        return wg.gradients([y, z], x, [np.array([1.0, 0.0]), np.array([0.0, 2.0])])

    got = wg.function(f, signature=("f64[2]",))(np.array([3.0, 0.0]))
    assert got.numpy().tolist() == [6, 2]


def test_a_symbolic_batch_is_differentiated_once():
    g = wg.function(wg.grad(lambda w, x: wg.mean(wg.tanh(x @ w) ** 2)), signature=("f32[3]", "f32[n,3]"))
    for n in (1, 5, 8):
        x, w = np.random.default_rng(n).normal(size=(n, 3)).astype("f"), np.array([0.1, -0.2, 0.3], "f")
        t = np.tanh(x @ w)
        np.testing.assert_allclose(g(w, x).numpy(), (2 * t * (1 - t * t) / n) @ x, rtol=1e-4, atol=1e-6)
    assert g.compiles == 1


def test_the_name_is_kept():
    def loss(x):
        return x

    assert wg.grad(loss).__name__ == "loss"
