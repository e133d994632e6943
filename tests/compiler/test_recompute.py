"""Computing again what does not fit: the same values in less memory."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import BudgetError, UsageError
from wengert.compiler.jit import host_target
from wengert.compiler.pipeline import compile_graph, optimize
from wengert.compiler.recompute import Budget, Recomputation
from wengert.ir.verify import verify

WIDTH, DEPTH = 16, 24
X = np.random.default_rng(0).standard_normal((256, WIDTH)).astype("f")
WEIGHTS = [np.random.default_rng(k).standard_normal((WIDTH, WIDTH)).astype("f") / 4 for k in range(DEPTH)]


def deep(x, weights, dropped=0.0):
    for k, w in enumerate(weights):
        x = wg.tanh(x @ w)
        if dropped:
            x = wg.random.dropout(x, dropped, seed=k)
    return wg.sum(x * x)


def gradients(x, *weights):
    return wg.grad(lambda weights: deep(x, weights))(list(weights))


SIGNATURE = ("f32[n,16]", *["f32[16,16]"] * DEPTH)


def trained(budget=None, f=gradients):
    g = wg.function(f, signature=SIGNATURE, memory_budget=budget)
    out = g(X, *WEIGHTS)
    return g, [o.numpy() for o in out]


@pytest.fixture(scope="module")
def free():
    return trained()


def alive_at_once(share, free):
    return int(free[0].memory(n=256)["arena"] * share) + sum(
        size for part, size in free[0].memory(n=256).items() if part != "arena"
    )


@pytest.mark.parametrize("share", [0.8, 0.6, 0.5])
def test_the_same_bits_in_less_memory(free, share):
    budget = alive_at_once(share, free)
    g, out = trained(budget)
    assert g.memory(n=256).total <= budget
    assert g._one_program("test").executable._arena.nbytes <= share * free[0].memory(n=256)["arena"]
    for a, b in zip(out, free[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_chain_gets_by_with_about_two_roots_of_its_length(free):
    with pytest.raises(BudgetError) as caught:
        trained(1)
    least = int(str(caught.value).split("at least ")[1].split()[0].replace(",", ""))
    g, out = trained(least)
    kept = g.memory(n=256)["arena"] / X.nbytes
    assert kept <= 2 * np.sqrt(DEPTH) + 6 < free[0].memory(n=256)["arena"] / X.nbytes
    for a, b in zip(out, free[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_fits_is_left_as_it_is(free):
    g, _ = trained(free[0].memory(n=256).total)
    assert str(g.memory()) == str(free[0].memory())


def test_a_longer_batch_is_planned_anew(free):
    budget = alive_at_once(0.7, free)
    g, _ = trained(budget)
    longer = np.concatenate([X, X[:32]])
    out = g(longer, *WEIGHTS)
    assert g.memory(n=288).total <= budget
    for a, b in zip(out, free[0](longer, *WEIGHTS), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_rewritten_graph_is_legal_and_keeps_less():
    graph = optimize(wg.function(gradients, signature=SIGNATURE).graph(X, *WEIGHTS))
    choice = Recomputation(graph, {}, {"n": 256})
    before = choice.alive(choice.chosen).max()
    assert choice.reduce(int(before * 0.6))
    assert choice.alive(choice.chosen).max() <= 0.6 * before
    new = choice.rewritten()
    verify(new)
    assert new.out_types == graph.out_types
    assert sum(n.primitive.name == "checkpoint" for n in new.steps) == len(choice.chosen)


def test_state_that_is_overwritten_stays_as_planned():
    def step(x, *weights):
        return [w - 0.1 * g for w, g in zip(weights, gradients(x, *weights), strict=True)]

    donated = {k: k + 1 for k in range(DEPTH)}
    graph = wg.function(step, signature=SIGNATURE).graph(X, *WEIGHTS)
    free = compile_graph(graph, donated, host_target(), 1)
    plan = compile_graph(
        graph, donated, host_target(), 1, Budget(free.arena.nbytes({"n": 256}) * 3 // 4, {"n": 256})
    )
    written = frozenset().union(*(s.written for s in plan.launches))
    assert all(b.kind != "output" for k, b in enumerate(plan.buffers) if k in written)


def test_random_numbers_are_the_same_again():
    def step(x, *weights):
        return wg.grad(lambda weights: deep(x, weights, dropped=0.2))(list(weights))

    free, out = trained(f=step)
    memory = free.memory(n=256)
    _, again = trained(memory.total - memory["arena"] // 3, f=step)
    for a, b in zip(again, out, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_interpreter_has_no_budget():
    with pytest.raises(UsageError, match="memory_budget must be None in the interpreter"):
        wg.function(gradients, compiled=False, memory_budget=1000)
