"""Control flow with Python functions: eager, interpreted, compiled; closures, derivatives, vmap."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError, TraceError, UsageError

X = wg.Tensor([0.3, -0.7, 1.1], "float64")
WRAPS = [lambda f: f, wg.function, lambda f: wg.function(f, compiled=False)]
wraps = pytest.mark.parametrize("wrap", WRAPS, ids=["eager", "compiled", "interpreted"])


def same(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-12)


# --- cond and switch ------------------------------------------------------------------------------


@wraps
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_cond_takes_one_branch_and_so_do_derivatives(wrap, sign):
    def f(x):
        return wg.cond(wg.sum(x) > 0, lambda x: {"y": wg.sin(x)}, lambda x: {"y": x * x}, x)["y"]

    x = X.numpy() * sign
    same(wrap(f)(x), np.sin(x) if sign > 0 else x * x)
    slope = np.cos(x) if sign > 0 else 2 * x
    same(wrap(wg.grad(lambda x: wg.sum(f(x))))(x), slope)
    same(wrap(lambda x: wg.jvp(f, (x,), (x,))[1])(x), slope * x)


@wraps
def test_branches_close_over_tensors_recorded_values_and_variables(wrap):
    w, t = wg.Variable(2.0, dtype="float64"), wg.Tensor(3.0, "float64")

    def f(x):
        y = x * x
        return wg.cond(wg.sum(x) > 0, lambda: wg.sum(y * w), lambda: wg.sum(y) * t)

    same(wrap(wg.grad(f))(X), 4 * X.numpy())
    same(wrap(wg.grad(f))(-X.numpy()), -6 * X.numpy())
    same(wrap(lambda: wg.grad(lambda w: f(X))(w))(), (X.numpy() ** 2).sum())
    with wg.GradientTape() as tape:
        y = f(X)
    same(tape.gradient(y, w), (X.numpy() ** 2).sum())


@wraps
def test_a_variable_assigned_in_one_branch_keeps_its_value_in_the_other(wrap):
    v = wg.Variable(1.0)

    @wrap
    def f(x):
        wg.cond(wg.sum(x) > 0, lambda: v.assign_add(1.0), lambda: None)
        return v * 1.0

    assert f(X).item() == 2
    assert f(-X.numpy()).item() == 2
    assert v.numpy() == 2


@wraps
@pytest.mark.parametrize(("index", "want"), [(-3, 0), (0, 0), (1, 1), (2, 2), (3, 3), (9, 3)])
def test_switch_takes_the_nearest_branch(wrap, index, want):
    branches = [lambda x, k=k: x + float(k) for k in range(4)]
    same(wrap(lambda i, x: wg.switch(i, branches, x))(np.int32(index), X), X.numpy() + want)


# --- loops ----------------------------------------------------------------------------------------


@wraps
def test_while_loop_and_its_forward_mode(wrap):
    w = wg.Variable(2.0, dtype="float64")

    def f(x):
        return wg.while_loop(
            lambda s: wg.sum(s["x"]) < 10.0, lambda s: {"x": s["x"] * w, "n": s["n"] + 1}, {"x": x, "n": 0}
        )

    out = wrap(f)(X)
    same(out["x"], X.numpy() * 16)
    assert out["n"].item() == 4
    same(wrap(wg.jacfwd(lambda x: f(x)["x"]))(X), 16 * np.eye(3))
    same(wrap(wg.jacobian(lambda x: f(x)["x"]))(X), 16 * np.eye(3))


@wraps
def test_fori_loop_and_its_reverse_mode(wrap):
    def f(x):
        return wg.fori_loop(1, 4, lambda i, s: s * x * wg.astype(i, "float64"), wg.ones_like(x))

    x = X.numpy()
    same(wrap(f)(X), 6 * x**3)
    same(wrap(wg.grad(lambda x: wg.sum(f(x))))(X), 18 * x**2)
    bound = wrap(
        lambda n, x: wg.fori_loop(1, n, lambda i, s: s * x * wg.astype(i, "float64"), wg.ones_like(x))
    )
    same(bound(np.int64(4), X), 6 * x**3)
    same(wg.fori_loop(3, 1, lambda i, s: s * 2.0, X), x)


@wraps
@pytest.mark.parametrize("reverse", [False, True])
def test_scan_of_a_recurrent_cell_and_its_gradients(wrap, reverse):
    rng = np.random.default_rng(0)
    w, xs = rng.standard_normal((3, 3)) * 0.5, rng.standard_normal((5, 3))

    def run(w, xs):
        return wg.scan(
            lambda h, x: (wg.tanh(h @ w + x), h * 2.0), wg.zeros(3, "float64"), xs, reverse=reverse
        )

    def by_hand(w, xs):
        h, ys = wg.zeros(3, "float64"), []
        for t in reversed(range(5)) if reverse else range(5):
            ys.append(h * 2.0)
            h = wg.tanh(h @ w + xs[t])
        return h, wg.stack(ys[::-1] if reverse else ys)

    def total(f):
        return lambda w, xs: wg.sum(f(w, xs)[0]) + wg.sum(f(w, xs)[1] ** 2.0)

    for got, want in zip(wrap(run)(w, xs), by_hand(w, wg.Tensor(xs)), strict=True):
        same(got, want)
    grads = wg.grad(total(by_hand), argnums=(0, 1))(wg.Tensor(w), wg.Tensor(xs))
    for got, want in zip(wrap(wg.grad(total(run), argnums=(0, 1)))(w, xs), grads, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9)


@wraps
def test_a_scan_without_rows_and_a_variable_that_counts(wrap):
    count = wg.Variable(0.0, dtype="float64")

    @wrap
    def f():
        def turn(carry, _):
            count.assign_add(carry)
            return carry, count * 1.0

        return wg.scan(turn, wg.Tensor(2.0, "float64"), length=3)[1]

    same(f(), [2, 4, 6])
    same(f(), [8, 10, 12])
    assert count.numpy() == 12


def test_control_flow_nests_and_vectorises():
    def collatz(n):
        def turn(s):
            n, k = s
            return wg.cond(wg.equal(n % 2, 0), lambda: n // 2, lambda: 3 * n + 1), k + 1

        return wg.while_loop(lambda s: s[0] > 1, turn, (n, 0))[1]

    steps = wg.vmap(collatz)
    ns = np.array([1, 2, 3, 6, 7, 27])
    np.testing.assert_array_equal(steps(ns), [0, 1, 7, 8, 16, 111])
    np.testing.assert_array_equal(wg.function(steps)(ns), [0, 1, 7, 8, 16, 111])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wg.cond(X > 0, wg.sin, wg.cos, X), DTypeError, r"cond: the predicate.*got b1\[3\]"),
        (
            lambda: wg.cond(True, lambda x: x, lambda x: x[:2], X),
            ShapeError,
            r"cond: both branches.*got f64\[3\] where true and f64\[2\] where false",
        ),
        (lambda: wg.cond(True, lambda x: x, lambda x: (x,), X), ShapeError, "nested alike"),
        (lambda: wg.switch(0, []), UsageError, "switch: there must be at least one branch"),
        (
            lambda: wg.switch(0.5, [wg.sin], X),
            DTypeError,
            "switch: the index must be an integer scalar; got f32",
        ),
        (
            lambda: wg.while_loop(lambda x: x, lambda x: x, X),
            DTypeError,
            "while_loop: the test must give one bool",
        ),
        (
            lambda: wg.fori_loop(0, 3, lambda i, s: s + X, 0.0),
            ShapeError,
            r"scan: the body must give what it takes.*takes i64\[\], f32\[\] and gives i64\[\], f64\[3\]",
        ),
        (lambda: wg.scan(lambda c, x: c, X, X), UsageError, r"scan: the function must return \(carry, y\)"),
        (lambda: wg.scan(lambda c, x: (c, x), X), ShapeError, "scan: xs and length must agree; got nothing"),
        (
            lambda: wg.scan(lambda c, x: (c, x), X, X, length=2),
            ShapeError,
            "scan: xs and length must agree; got 2, 3",
        ),
        (
            lambda: wg.grad(lambda x: wg.sum(wg.while_loop(lambda s: wg.sum(s) < 9.0, lambda s: s * 2.0, x)))(
                X
            ),
            UsageError,
            "while_loop: has no reverse mode.*Use scan",
        ),
        (
            lambda: wg.function(lambda x: x if wg.sum(x) > 0 else -x)(X),
            TraceError,
            r"of test_control\.py:\d+\. .*wg\.cond, loop with wg\.scan or wg\.while_loop",
        ),
    ],
)
def test_wrong_calls_say_what_must_hold(call, error, message):
    with pytest.raises(error, match=message):
        call()
