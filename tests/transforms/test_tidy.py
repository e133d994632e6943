"""Tidying changes no value where both forms are finite, and comes to an end."""

import random

import numpy as np
import pytest

from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.ir.verify import verify
from wengert.ops.formula import parse_formula
from wengert.prims.movement import reduce_sum
from wengert.transforms.tidy import tidy
from wengert.transforms.vjp import vjp

POINTS = [(0.7, 1.9, 2.6), (-1.3, 0.4, -2.1), (2.2, -0.6, 0.9), (-0.5, -1.7, -0.8)]
UNARY = [
    "-{}",
    "sin({})",
    "cos({})",
    "exp({})",
    "log({})",
    "sqrt({})",
    "tanh({})",
    "abs({})",
    "1/{}",
    "({})**2",
    "({})**-3",
]
BINARY = [
    "({} + {})",
    "({} - {})",
    "({})*({})",
    "({})/({})",
    "max({}, {})",
    "({})**({})",
    "where({} < {}, x, y)",
]


def formula(rng, depth):
    """A random formula; common parts come up often."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["x", "y", "z", "2", "0.5", "3", "1", "x*y", "(x + y)", "sin(x)"])
    if rng.random() < 0.35:
        return rng.choice(UNARY).format(formula(rng, depth - 1))
    return rng.choice(BINARY).format(formula(rng, depth - 1), formula(rng, depth - 1))


def value(graph, at):
    return float(evaluate(graph, [np.float64(v) for v in at])[0])


@pytest.mark.parametrize("seed", range(150))
def test_values_stay(seed):
    rng = random.Random(seed)
    graph = parse_formula(formula(rng, 4), ("x", "y", "z"))
    x = graph.inputs[0]
    (slope,) = vjp(graph.outputs, [x], [parse_formula("1").outputs[0]])
    for g in (graph, *([Graph(graph.inputs, (slope,))] if slope is not None else [])):
        tidied = verify(tidy(g))
        for at in POINTS:
            before, after = value(g, at), value(tidied, at)
            if np.isfinite(before) and np.isfinite(after):
                assert after == pytest.approx(before, rel=1e-6, abs=1e-9 * max(1.0, largest(g, at)))


def largest(graph, at):
    """The largest value on the way: rounding is measured against it."""
    values = evaluate(Graph(graph.inputs, tuple(graph.nodes)), [np.float64(v) for v in at])
    sizes = [abs(float(v)) for v in values if np.isfinite(v)]
    return max(sizes, default=1.0)


@pytest.mark.parametrize("seed", range(30))
def test_tidy_is_tidy(seed):
    graph = tidy(parse_formula(formula(random.Random(seed), 3), ("x", "y", "z")))
    assert tidy(graph).text == graph.text


def test_arrays_are_collected_like_numbers():
    x = graph_input(TensorType((2, 3), "float64"), "x")
    graph = tidy(Graph((x,), (reduce_sum(x * 2.0 + x / 2.0 - 2.5 * x, axes=(0, 1)),)))
    assert evaluate(graph, [np.ones((2, 3))]) == [0.0]
    assert len(graph.steps) <= 2


def test_integers_stay_as_they_are():
    i = graph_input(TensorType((), "int32"), "i")
    graph = tidy(Graph((i,), (i * 2 // 2 + i - i,)))
    assert evaluate(graph, [np.int32(2**30 + 1)]) == evaluate(
        Graph((i,), (i * 2 // 2 + i - i,)), [np.int32(2**30 + 1)]
    )
