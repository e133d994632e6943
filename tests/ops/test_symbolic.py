"""Formulas from functions: they differentiate, simplify, print, and run."""

import math

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, TraceError, UsageError
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.prims.control import item, while_loop
from wengert.transforms.rules.identities import IDENTITIES

TIDY = {
    "2*x + 3*x - 5*x": "0",
    "x/3 + x/6": "x/2",
    "x*x*x/x": "x**2",
    "sqrt(x)*sqrt(x)": "x",
    "sqrt(x*x)": "sqrt(x**2)",
    "sin(x)^2 + cos(x)^2": "1",
    "3*y*sin(x)^2 + 3*cos(x)^2*y": "3*y",
    "x - (y - x)": "2*x - y",
    "1 - x": "1 - x",
    "x/y/x": "1/y",
    "(2*x)**3": "8*x**3",
    "log(exp(x))": "x",
    "exp(log(x))": "x",
    "expm1(x) + 1": "exp(x)",
    "0.1*x*0.1": "0.01*x",
    "2*(x + y) - 2*x": "2*y",
    "x**0": "1",
    "0*sin(x)": "0",
    "stop_gradient(x)*1": "stop_gradient(x)",
    "2 + 3*4": "14",
    "-(-x)": "x",
    "max(x, x)": "x",
    "x*y - y*x": "0",
    "1/(1/x)": "x",
    "(x + y)/(y + x)": "1",
    "exp(-x)*exp(x) - exp(x)*exp(-x)": "0",
    "x/2": "x/2",
    "1/4": "1/4",
}


@pytest.mark.parametrize(("text", "want"), TIDY.items())
def test_formulas_are_tidied(text, want):
    assert str(wg.symbolic(text)) == want


DERIVATIVES = {
    "x**3": "3*x**2",
    "tanh(x)": "1 - tanh(x)**2",
    "sqrt(x)": "1/(2*sqrt(x))",
    "log(x)/x": "1/x**2 - log(x)/x**2",
    "x**y": "y*x**(y - 1)",
    "y**x": "y**x*log(y)",
    "sin(x)*cos(x)": "cos(x)**2 - sin(x)**2",
    "1/x": "-1/x**2",
    "abs(x)": "sign(x)",
    "y": "0",
    "stop_gradient(x)*x": "stop_gradient(x)",
}


@pytest.mark.parametrize(("text", "want"), DERIVATIVES.items())
def test_derivatives(text, want):
    assert str(wg.symbolic(text, names=("x", "y")).diff("x")) == want


FORMULAS = [
    "sin(x*y) + exp(x)/y",
    "x**y/(1 + y**x)",
    "(x - y)*(x + y)/(x*y - 3)",
    "-x**2 - (-y)**3 + 2**-x",
    "log(x**2 + y**2)*sqrt(x/y)",
    "x - (y - (x - 2*y))*-3",
    "sigmoid(x)*tanh(y/x)/(x/(y/x))",
    "erf(x) + gelu(y) - softplus(x*y)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_is_printed_reads_back(text):
    """The text of a formula and of its derivatives, read again, has the same values."""
    e = wg.symbolic(text, names=("x", "y"))
    for part in (e, e.diff("x"), e.diff("y"), e.diff("x", "y")):
        again = wg.symbolic(str(part), names=("x", "y"))
        np.testing.assert_allclose(again.evaluate(x=1.3, y=0.7), part.evaluate(x=1.3, y=0.7), rtol=1e-12)


@pytest.mark.parametrize("text", FORMULAS)
def test_derivatives_have_the_values_of_numeric_ones(text):
    e = wg.symbolic(text, names=("x", "y"))
    f = e.function()
    for k, name in enumerate(e.names):
        want = wg.numeric.gradient(f, np.float64(1.3), np.float64(0.7), argnums=k).value
        np.testing.assert_allclose(e.diff(name).evaluate(x=1.3, y=0.7), want, rtol=1e-9)


LATEX = {
    "x/(y + 1)": r"\frac{x}{y + 1}",
    "(x + y)**2": r"\left(x + y\right)^{2}",
    "(x*y)**z": r"\left(x \, y\right)^{z}",
    "alpha_1*exp(-x)": r"\alpha_{1} \, e^{-x}",
    "sqrt(abs(x))": r"\sqrt{\left|x\right|}",
    "rate*gelu_2": r"\mathrm{rate} \, \mathrm{gelu}_{2}",
    "x*(y - z)": r"x \, \left(y - z\right)",
    "2**x*1e-8": r"1 \cdot 10^{-8} \cdot 2^{x}",
    "sin(x)**2": r"\sin\left(x\right)^{2}",
}


@pytest.mark.parametrize(("text", "want"), LATEX.items())
def test_latex(text, want):
    assert wg.symbolic(text).latex() == want


def test_every_identity_says_what_it_does():
    assert all("->" in str(r) for r in IDENTITIES)


def test_a_python_function_is_a_formula():
    def loss(w, b):
        return wg.tanh(w * 2.0 + b) ** 2

    assert str(wg.symbolic(loss)) == "tanh(2*w + b)**2"
    assert str(wg.symbolic(loss, names=("u", "v"))) == "tanh(2*u + v)**2"
    assert str(wg.symbolic(wg.function(loss)).diff("b", "b")).count("tanh") >= 2


def test_arrays_are_formulas_too():
    e = wg.symbolic(lambda x, w: wg.sum(wg.sin(x @ w)), types=("f64[2,3]", "f64[3]"))
    assert str(e) == "sum(sin(x @ w))"
    x, w = np.random.default_rng(0).standard_normal((2, 3)), np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(e.diff("w").evaluate(x=x, w=w), np.cos(x @ w) @ x)
    with pytest.raises(ShapeError, match=r"must be a scalar; got f64\[3\]"):
        e.diff("w").diff("w")


def test_swell_is_visible():
    """Written out, a formula grows with every step; with common parts shared it does not."""
    e = wg.symbolic("x")
    for _ in range(12):
        e = wg.sin(e * e + e)
    assert e.count().shared <= 4 * 12
    assert e.count().expanded > 2**12
    lines = str(e).splitlines()
    assert lines[0].startswith("t1 = ")
    assert len(str(e)) < 2_000


def test_formulas_take_arithmetic_and_substitution():
    e = wg.symbolic("x*y")
    both = wg.exp(e + wg.symbolic("x")) / 2
    assert str(both) == "exp(x*y + x)/2"
    assert str(both.subs(x=wg.symbolic("log(z)"), y=2)) == "exp(3*log(z))/2"
    assert both.names == ("x", "y")
    assert both.evaluate(x=1.0, y=0.5) == pytest.approx(math.exp(1.5) / 2)


def test_a_formula_becomes_a_function():
    f = wg.symbolic("x**2*y").diff("x").function()
    assert f(wg.Tensor(3.0, "float64"), wg.Tensor(2.0, "float64")).item() == 12.0
    assert wg.function(f)(np.float64(3.0), np.float64(2.0)).item() == 12.0
    assert wg.grad(f)(wg.Tensor(3.0, "float64"), wg.Tensor(2.0, "float64")).item() == 4.0
    assert f(3.0, 2.0).item() == 12.0


def test_loops_on_data_are_refused():
    x = graph_input(wg.TensorType((), "float64"), "x")
    half = graph_input(x.type, "h")
    body, go = Graph((half,), (half * 0.5,)), Graph((half,), (half > 1.0,))

    def f(x):
        return item(while_loop(x, cond=go, body=body), index=0)

    with pytest.raises(UsageError, match=r"no fixed length; got while_loop .*test_symbolic.py:\d+.*wg.grad"):
        wg.symbolic(f)
    with pytest.raises(TraceError, match="Python cannot branch"):
        wg.symbolic(lambda x: x if x > 0 else -x)


def test_wrong_calls_are_told():
    e = wg.symbolic("rate*x")
    with pytest.raises(UsageError, match="no input 'rte'; the formula has rate, x. Did you mean 'rate'"):
        e.diff("rte")
    with pytest.raises(UsageError, match="every input needs a value; got none for x"):
        e.evaluate(rate=1.0)
    with pytest.raises(UsageError, match="must return one array; got 2"):
        wg.symbolic(lambda x: (x, x))
    with pytest.raises(ShapeError, match=r"x must be f64\[\]; got f64\[2\]"):
        e.subs(x=[1.0, 2.0])


def test_own_rules_are_used_and_bodies_written():
    """A custom rule gives the derivative; what it wraps, and what a checkpoint wraps, is written out."""

    @wg.custom_gradient(check=False)
    def reversed_gradient(x):
        return wg.sin(x), lambda g: -g * wg.cos(x)

    e = wg.symbolic(lambda x: reversed_gradient(x) * 2.0)
    assert str(e) == "2*sin(x)"
    assert str(e.diff("x")) == "-2*cos(x)"
    assert e.latex() == r"2 \, \sin\left(x\right)"
    assert str(wg.symbolic(lambda x: wg.checkpoint(wg.exp)(x)).diff("x")) == "exp(x)"
