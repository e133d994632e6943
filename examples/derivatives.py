"""Derivatives four ways, derivatives of derivatives, and what the compiler sees: graphs as text."""

import numpy as np

import wengert as wg
from wengert.compiler.pipeline import optimize
from wengert.transforms.vjp import vjp_graph


def f(x):
    return x * wg.sin(x)


def four_ways():
    by_hand = np.sin(1.0) + np.cos(1.0)
    symbolic = wg.symbolic(f).diff("x")
    numeric = wg.numeric.derivative(f, 1.0)
    print(f"df/dx of x sin(x) at 1, by hand      {by_hand:.9f}")
    print(f"                        symbolic     {float(symbolic.evaluate(x=1.0)):.9f}   {symbolic}")
    print(f"                        numeric      {float(numeric.value):.9f}   +- {float(numeric.error):.0e}")
    print(f"                        automatic    {wg.grad(f)(1.0):.9f}   in float32")


def higher_orders():
    g = f
    print("\nf, f', f'', f''' at 1, each the gradient of the one before:")
    for _ in range(4):
        print(f"    {g(wg.Tensor(1.0)):.6f}")
        g = wg.grad(g)


@wg.function(signature=("f32[n]", "f32[n]"))
def energy(x, w):
    """1/2 |tanh(w x)|^2"""
    return wg.sum(wg.square(wg.tanh(w * x))) / 2


X, W, DX = (np.array(v, np.float32) for v in ([0.5, -1.0], [2.0, 1.0], [1.0, 10.0]))


def both_modes():
    _, pushed = wg.jvp(lambda x: energy(x, W), (X,), (DX,))
    _, pullback = wg.vjp(lambda x: energy(x, W), X)
    (pulled,) = pullback(1.0)
    print(f"\nThe derivative along {DX}: forward mode {pushed:.6f}, reverse mode {wg.sum(pulled * DX):.6f}")


def graphs():
    graph = energy.graph(X, W)
    print("\nA function is recorded as a graph, with the line of Python behind each step:", graph, sep="\n")
    backward = vjp_graph(graph, wanted=(True, False))
    print("\nReverse mode makes another graph: a cotangent g0 in, that of x0 out:", backward, sep="\n")
    print("\nAs the compiler takes it, after its passes:", optimize(backward), sep="\n")


if __name__ == "__main__":
    four_ways()
    higher_orders()
    both_modes()
    graphs()
