"""Derivatives of derivatives, forward and reverse, and what the compiler sees: graphs as text."""

import numpy as np

import wengert as wg
from wengert.compiler.pipeline import optimize
from wengert.ir.graph import evaluate
from wengert.transforms.jvp import jvp_graph
from wengert.transforms.vjp import vjp_graph


def show_grad_of_grad():
    def f(x):
        return x * wg.sin(x)

    print("f(x) = x sin(x) and its first three derivatives at 1:")
    for _ in range(4):
        print(f"    {float(f(1.0)):.6f}")
        f = wg.grad(f)


@wg.function(signature=("f32[n]", "f32[n]"))
def energy(x, w):
    """1/2 |tanh(w x)|^2"""
    return wg.sum(wg.square(wg.tanh(w * x))) / 2


X, W, DX = (np.array(v, np.float32) for v in ([0.5, -1.0], [2.0, 1.0], [1.0, 10.0]))


def show_graphs():
    graph = energy.graph(X, W)
    print("\nAs recorded, one step a line, with the line of Python that asked for it:", graph, sep="\n")

    backward = vjp_graph(graph, wanted=(True, False))
    print(
        "\nReverse mode is another graph: inputs and a cotangent in, the cotangent of x out:",
        backward,
        sep="\n",
    )
    print("\nAs the compiler takes it, after its passes:", optimize(backward), sep="\n")


def show_both_modes_agree():
    graph = energy.graph(X, W)
    (pulled,) = evaluate(vjp_graph(graph, wanted=(True, False)), [X, W, np.float32(1)])
    _, pushed = evaluate(jvp_graph(graph, moving=(True, False)), [X, W, DX])
    print(f"\nThe derivative along {DX}: forward mode {pushed:.6f}, reverse mode {pulled @ DX:.6f}")


if __name__ == "__main__":
    show_grad_of_grad()
    show_graphs()
    show_both_modes_agree()
