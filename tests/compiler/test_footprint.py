"""The bytes a program takes, exactly, and as a formula."""

import numpy as np
import pytest

import wengert as wg
from wengert.compiler.footprint import Longest
from wengert.ir.dim import Dim, evaluate, parse_dim

N = Dim.named("n")


def formula_value(formula: str, n: int) -> int:
    """`a` or `max(a, b, ...)`; a comma inside of a sum is that of floordiv."""
    sums = (
        formula[4:-1].replace(", ", ";").replace(";1", ", 1").split(";") if "max(" in formula else [formula]
    )
    return max(evaluate(parse_dim(s), {"n": n}) for s in sums)


@pytest.fixture(scope="module")
def chain():
    return wg.function(lambda x, w: wg.tanh(wg.tanh(x @ w) @ w) @ w, signature=("f32[n,64]", "f32[64,64]"))


@pytest.mark.parametrize("n", [1, 16, 100, 1000])
def test_the_formula_is_the_number(chain, n):
    for part, size in chain.memory().items():
        assert formula_value(str(size), n) == chain.memory(n=n)[part], part
    assert formula_value(str(chain.memory().total), n) == chain.memory(n=n).total


def test_it_is_known_before_the_first_call():
    f = wg.function(lambda x: wg.exp(x) + 1.0, signature=("f32[n]",))
    assert f.memory(n=10).total == 80
    f(np.ones(10, "f"))
    assert f.compiles == 1


@pytest.mark.parametrize("n", [3, 200, 7])
def test_the_arena_is_as_long_as_planned(chain, n):
    chain(np.ones((n, 64), "f"), np.ones((64, 64), "f"))
    executable = chain._one_program("test").executable
    assert executable.plan.arena.nbytes({"n": n}) == chain.memory(n=n)["arena"]
    assert executable._arena.nbytes >= chain.memory(n=n)["arena"]


def test_parts_are_told_apart():
    v = wg.Variable(np.zeros(7, "f"))

    def f(x):
        v.assign_add(np.arange(7, dtype="f") * wg.sum(x))
        return wg.sin(x)

    memory = wg.function(f, signature=("f32[n]",)).memory(n=5)
    assert (memory["arguments"], memory["results"], memory["variables"]) == (20, 20, 28)
    assert memory["constants"] == 28
    assert memory.total == sum(memory.values())


def test_it_prints_as_a_table_without_what_is_not_there(chain):
    lines = str(chain.memory(n=16)).splitlines()
    assert lines[0] == "arguments  20,480"
    assert lines[-1].startswith("total")
    assert not any(line.startswith("constants") for line in lines)


def test_a_part_can_be_split(chain):
    split = chain.memory(n=16).split("arguments", {"x": 4096, "w": 16384})
    assert list(split)[:2] == ["x", "w"]
    assert split.total == chain.memory(n=16).total


def test_the_longest_of_sums():
    longest = Longest((N * 4, N + 30)) + 2
    assert [longest.evaluate({"n": n}) for n in (0, 10, 20)] == [32, 42, 82]
    assert str(longest) == "max(4*n + 2, n + 32)"
    assert longest.names() == {"n"}
