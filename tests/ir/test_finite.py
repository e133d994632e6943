"""`wg.check_finite` names where the first NaN or infinity came from: step, line, index, direction, or the input."""

import re

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import NotFiniteError

WAYS = {
    "eagerly": lambda f: f,
    "compiled": wg.function,
    "interpreted": lambda f: wg.function(f, compiled=False),
}
X = np.array([0.5, 2.0, 0.0, -1.0])
BIG = np.array([1.0, 1.0, 1e300, 1e300])
HUGE = np.array([1.0, 1.0, 800.0, 800.0])
ONE = np.array([1.0, 1.0, 0.0, 0.0])

# name of the primitive: (function, argument): the first bad index is 2, or 3
STEPS = {
    "log": (wg.log, X, 2),
    "log2": (wg.log2, X, 2),
    "log10": (wg.log10, X, 2),
    "log1p": (wg.log1p, X, 3),
    "sqrt": (wg.sqrt, X, 3),
    "rsqrt": (wg.rsqrt, X, 2),
    "div": (lambda x: 1.0 / x, X, 2),
    "reciprocal": (wg.reciprocal, X, 2),
    "exp": (wg.exp, HUGE, 2),
    "expm1": (wg.expm1, HUGE, 2),
    "cosh": (wg.cosh, HUGE, 2),
    "sinh": (wg.sinh, HUGE, 2),
    "mul": (lambda x: x * x, BIG, 2),
    "square": (wg.square, BIG, 2),
    "add": (lambda x: x * 1e8 + x * 1e8, BIG, 2),
    "sub": (lambda x: x * 1e8 - x * -1e8, BIG, 2),
    "pow": (lambda x: x**0.5, X, 3),
    "pow of 0": (lambda x: x**-1.0, X, 2),
    "remainder": (lambda x: 1.0 % x, X, 2),
    "cumsum": (lambda x: wg.cumsum(x * 1.2e8), BIG, 3),
    "scan": (lambda x: wg.scan(lambda c, x: (c, 1.0 / x), wg.Tensor(0.0), x)[1], X, None),
    "cond": (lambda x: wg.cond(wg.Tensor(True), lambda x: 1.0 / x, lambda x: x, x), X, 2),
}


def caught(f, *args):
    with wg.check_finite(), pytest.raises(NotFiniteError) as e:
        f(*args)
    return str(e.value)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("row", STEPS.values(), ids=STEPS)
def test_a_step_is_named_with_its_line_and_index(row, way):
    f, x, at = row
    message = caught(way(lambda x: wg.abs(f(x)) + 1.0), wg.Tensor(x))
    assert re.match(r"(\w+): the result must be finite; got -?(nan|inf) at \[", message), message
    assert not message.startswith(("abs", "input", "param")), message
    assert at is None or f" at [{at}] of f64[4], forward" in message
    assert "[test_finite.py:" in message


def root(x):
    return wg.sum(wg.sqrt(x - 1.0))  # the line of the step


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_step_of_the_reverse_pass_is_named(way):
    message = caught(way(wg.grad(root)), wg.Tensor([2.0, 1.0]))
    assert " at [1] of f32[2], backward" in message
    assert f"test_finite.py:{root.__code__.co_firstlineno + 1}]" in message


def test_a_tape_names_the_step_too():
    v = wg.Variable([2.0, 1.0])
    with wg.check_finite(), wg.GradientTape() as tape:
        y = root(v)
    message = caught(tape.gradient, y, v)
    assert message.startswith(
        "sqrt: the gradient by its input 0 must be finite; got inf at [1] of f32[2], backward"
    )


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_input_or_a_param_that_was_bad_before_is_the_origin(way):
    v = wg.Variable([1.0, np.inf], name="kernel")
    assert caught(way(lambda x: x * v), wg.ones(2)).startswith(
        "param 'kernel': must be finite; got inf at [1]"
    )
    message = caught(way(lambda x: x + 1.0), wg.Tensor([[1.0, 2.0], [np.nan, 3.0]]))
    assert re.match(r"input 0.*: must be finite; got nan at \[1, 0\] of f32\[2,2\]", message), message


def test_a_refused_step_leaves_the_variables_as_they_were():
    v = wg.Variable([1.0, 2.0])

    @wg.function
    def step(x):
        v.assign(v / x)
        return wg.sum(v)

    assert caught(step, wg.Tensor([1.0, 0.0])).startswith("div")
    np.testing.assert_array_equal(v.numpy(), [1, 2])
    with wg.check_finite():
        assert step(wg.Tensor([1.0, 2.0])).item() == 2.0


def test_what_never_reaches_a_result_is_told_eagerly_alone():
    def masked(x):
        return wg.where(x > 0, wg.log(x), 0.0)

    assert caught(masked, wg.Tensor(X)).startswith("log")
    with wg.check_finite():
        np.testing.assert_array_equal(wg.function(masked)(wg.Tensor(X))[2:], [0, 0])


def test_a_training_step_is_named():
    model = wg.Sequential([wg.layers.Dense(2), wg.layers.Dense(1, activation=lambda x: wg.log(x * 0.0))])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    message = caught(lambda: model.fit(np.ones((4, 3), "f"), np.ones((4, 1), "f"), verbose=0))
    assert message.startswith("log: the result must be finite; got -inf at [0, 0] of f32[4,1], forward")


def test_off_by_itself_and_outside_of_the_block():
    with wg.check_finite(), wg.check_finite(False):
        wg.log(wg.Tensor(0.0))
    wg.log(wg.Tensor(0.0))


def test_large_finite_numbers_are_finite():
    with wg.check_finite():
        wg.Tensor([3e38, 3e38]) * 1.0


@pytest.mark.parametrize("name", ["elu", "softplus", "logsumexp", "norm", "log_softmax", "gelu"])
def test_our_own_functions_make_none_on_the_way(name):
    """Not even where they are steep, and not in their gradients."""
    f = getattr(wg.activations, name, None) or getattr(wg, name, None) or wg.linalg.norm
    with wg.check_finite():
        wg.grad(lambda x: wg.sum(f(x)))(wg.Tensor([0.0, 90.0, -90.0]))
