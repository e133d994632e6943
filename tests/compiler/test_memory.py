"""The arena: lifetimes, sharing, and what it will take, as a formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from tests.compiler.graphs import planned
from wengert.compiler.memory import ALIGNMENT, Place, dominates, plan_memory
from wengert.compiler.plan import uses
from wengert.ir.dim import Dim, evaluate

N, M = Dim.named("n"), Dim.named("m")

lengths = st.one_of(
    st.integers(0, 5000),
    st.builds(lambda a, b: N * a + b, st.integers(1, 40), st.integers(0, 100)),
    st.builds(lambda a, b: N * M * a + M * b, st.integers(1, 4), st.integers(1, 50)),
)


@st.composite
def programs(draw):
    """Sizes of buffers, and which of them each step uses."""
    sizes = dict(enumerate(draw(st.lists(lengths, min_size=1, max_size=12))))
    use = st.frozensets(st.sampled_from(sorted(sizes)), max_size=4)
    return sizes, draw(st.lists(use, min_size=1, max_size=20))


@given(programs(), st.integers(0, 100), st.integers(0, 100))
def test_buffers_that_are_alive_together_do_not_overlap(program, n, m):
    sizes, steps = program
    arena = plan_memory(sizes, steps)
    at = {"n": n, "m": m}
    starts = arena.offsets(at)
    alive = {b: [k for k, used in enumerate(steps) if b in used] for b in arena.home}
    for a in alive:
        for b in alive:
            if a < b and min(alive[a]) <= max(alive[b]) and min(alive[b]) <= max(alive[a]):
                first, second = sorted((starts[arena.home[x]], evaluate(sizes[x], at), x) for x in (a, b))
                assert first[0] + first[1] <= second[0] or not first[1] or not second[1]
    for b, place in arena.home.items():
        assert starts[place] % ALIGNMENT == 0
        assert starts[place] + evaluate(sizes[b], at) <= arena.nbytes(at)


@given(programs(), st.integers(0, 1000))
def test_what_dominates_is_never_smaller(program, n):
    sizes, _ = program
    at = {"n": n, "m": 2 * n + 1}
    for a in sizes.values():
        for b in sizes.values():
            if dominates(a, b):
                assert evaluate(a, at) >= evaluate(b, at)


@pytest.mark.parametrize(
    ("a", "b", "holds"),
    [(N * 2, N, True), (N, N * 2, False), (N + 1, N, True), (N, N + 1, False), (N, 5, False), (7, 5, True)],
)
def test_one_length_dominates_another_for_all_values(a, b, holds):
    assert dominates(a, b) is holds


def test_a_place_is_as_long_as_its_longest_buffer():
    place = Place()
    for size in (N * 4, N * 8, 1000):
        place.admit(size)
    assert [place.nbytes({"n": n}) for n in (0, 125, 200)] == [1024, 1024, 1600]
    assert len(place.sizes) == 2


def test_buffers_take_turns():
    arena = plan_memory({0: 4096, 1: 4096, 2: 4096}, [frozenset({0}), frozenset({0, 1}), frozenset({1, 2})])
    assert arena.home[0] == arena.home[2] != arena.home[1]


def test_what_a_loop_reads_lives_until_its_end():
    uses = [frozenset({0}), frozenset({0}), frozenset({1})]
    assert plan_memory({0: 64, 1: 64}, uses).home[0] == plan_memory({0: 64, 1: 64}, uses).home[1]
    arena = plan_memory({0: 64, 1: 64}, uses, loops=[(1, 2)])
    assert arena.home[0] != arena.home[1]


def deep(x):
    for _ in range(6):
        x = wg.exp(x @ wg.tanh(x.T @ x))
    return x


def test_the_formula_is_the_number():
    f = wg.function(lambda x, w: wg.tanh(wg.tanh(x @ w) @ w) @ w, signature=("f32[n,64]", "f32[64,64]"))
    f(np.zeros((2, 64), "f"), np.zeros((64, 64), "f"))
    formula = f.memory()
    assert "n" in formula
    for n in (1, 16, 100):
        assert formula_value(formula, n) == f.memory(n=n)


def formula_value(formula: str, n: int) -> int:
    from wengert.ir.dim import parse_dim

    return evaluate(parse_dim(formula), {"n": n})


def test_a_deep_program_needs_no_more_than_a_few_buffers():
    plan = planned(deep, "f32[128,128]")
    one = 128 * 128 * 4
    temporaries = sum(b.kind == "arena" for b in plan.buffers)
    assert temporaries >= 11
    assert plan.arena.nbytes({}) <= 8 * one


def test_in_a_plan_no_two_live_buffers_share_a_place():
    plan = planned(deep, "f32[128,128]")
    touched = uses(plan.steps, plan.buffers)
    for a, home in plan.arena.home.items():
        for b, other in plan.arena.home.items():
            if a < b and home == other:
                ka, kb = ([k for k, used in enumerate(touched) if x in used] for x in (a, b))
                assert max(ka) < min(kb) or max(kb) < min(ka)
