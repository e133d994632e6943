"""The arena: lifetimes, sharing, and what it will take, as a formula."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from tests.compiler.graphs import planned
from wengert.compiler.memory import ALIGNMENT, plan_memory, round_up, round_up_each
from wengert.compiler.plan import stretches_of
from wengert.compiler.steps import uses
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


def overlap(arena, a, b, at):
    """Whether two buffers share bytes."""
    starts = arena.offsets(at)
    first, second = sorted((starts[x], starts[x] + evaluate(arena.sizes[x], at)) for x in (a, b))
    return first[1] > second[0] and second[1] > second[0]


@given(programs(), st.integers(0, 100), st.integers(0, 100))
def test_buffers_that_are_alive_together_do_not_overlap(program, n, m):
    sizes, steps = program
    arena = plan_memory(sizes, steps)
    at = {"n": n, "m": m}
    alive = {b: [k for k, used in enumerate(steps) if b in used] for b in arena.sizes}
    for a, b in itertools.combinations(alive, 2):
        if min(alive[a]) <= max(alive[b]) and min(alive[b]) <= max(alive[a]):
            assert not overlap(arena, a, b, at)


@given(programs(), st.integers(0, 100), st.integers(0, 100))
def test_buffers_lie_in_the_arena_on_lines(program, n, m):
    sizes, steps = program
    arena = plan_memory(sizes, steps)
    at = {"n": n, "m": m}
    for b, start in arena.offsets(at).items():
        assert start % ALIGNMENT == 0
        assert start + evaluate(sizes[b], at) <= start + evaluate(arena.sizes[b], at) <= arena.nbytes(at)


@given(programs(), st.integers(0, 1000))
def test_with_one_unknown_length_no_byte_is_left_over(program, n):
    sizes, steps = program
    arena = plan_memory({b: s for b, s in sizes.items() if "m" not in names(s)}, steps)
    ends = (start + evaluate(arena.sizes[b], {"n": n}) for b, start in arena.offsets({"n": n}).items())
    if not any("floordiv" in str(s) for s in arena.sums):
        assert arena.nbytes({"n": n}) == max(ends, default=0)


def names(size):
    return size.names() if isinstance(size, Dim) else set()


@given(lengths, st.integers(0, 1000), st.integers(0, 1000))
def test_rounded_up_is_the_next_line(size, n, m):
    at = {"n": n, "m": m}
    assert evaluate(round_up(size), at) == -(-evaluate(size, at) // ALIGNMENT) * ALIGNMENT
    assert evaluate(round_up_each(size), at) >= evaluate(round_up(size), at)
    assert evaluate(round_up_each(size), at) % ALIGNMENT == 0


def test_buffers_take_turns():
    arena = plan_memory({0: 4096, 1: 4096, 2: 4096}, [frozenset({0}), frozenset({0, 1}), frozenset({1, 2})])
    assert overlap(arena, 0, 2, {})
    assert arena.nbytes({}) == 2 * 4096


def test_small_buffers_share_the_memory_of_a_large_one():
    arena = plan_memory({0: 4096, 1: 2048, 2: 2048}, [frozenset({0}), frozenset({1, 2})])
    assert arena.nbytes({}) == 4096


def test_what_a_loop_reads_lives_until_its_end():
    uses = [frozenset({0}), frozenset({0}), frozenset({1})]
    assert overlap(plan_memory({0: 64, 1: 64}, uses), 0, 1, {})
    assert not overlap(plan_memory({0: 64, 1: 64}, uses, loops=[(1, 2)]), 0, 1, {})


def deep(x):
    for _ in range(6):
        x = wg.exp(x @ wg.tanh(x.T @ x))
    return x


def test_a_deep_program_needs_no_more_than_a_few_buffers():
    plan = planned(deep, "f32[128,128]")
    one = 128 * 128 * 4
    temporaries = sum(b.kind == "arena" for b in plan.buffers)
    assert temporaries >= 11
    assert plan.arena.nbytes({}) <= 8 * one


def test_in_a_plan_no_two_live_buffers_overlap():
    plan = planned(deep, "f32[128,128]")
    touched = uses(plan.steps, plan.buffers)
    for a, b in itertools.combinations(plan.arena.sizes, 2):
        if overlap(plan.arena, a, b, {}):
            ka, kb = ([k for k, used in enumerate(touched) if x in used] for x in (a, b))
            assert max(ka) < min(kb) or max(kb) < min(ka)


def test_between_two_barriers_no_memory_changes_hands():
    plan = planned(deep, "f32[128,128]")
    stretches, _ = stretches_of(plan.steps, plan.buffers)
    for touched in stretches:
        for a, b in itertools.combinations(touched & plan.arena.sizes.keys(), 2):
            assert not overlap(plan.arena, a, b, {})
