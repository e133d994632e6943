"""What depends on variables alone runs once; what depends on anything else, or may not run, does not."""

import dataclasses

import numpy as np
import pytest

import wengert as wg
from tests.compiler.differential import Compiled, complaint
from tests.compiler.graphs import record
from tests.compiler.random_graphs import Program, arguments_for, grow
from wengert.base.errors import DTypeError
from wengert.compiler import prologue
from wengert.compiler.jit import host_target
from wengert.compiler.pipeline import compile_graph
from wengert.compiler.product import Pack, Product
from wengert.compiler.steps import Branch, Launch, Mark
from wengert.ir.graph import Graph
from wengert.prims.control import cond, item, scan
from wengert.prims.indexing import gather
from wengert.runtime.storage import changing

W = "f32[192,192]"
X = "f32[16,192]"


def planned(f, *types, arguments=1, donated=None):
    return compile_graph(record(f, *types), donated or {}, host_target(), arguments)


def derived(plan):
    """Bytes of what is kept."""
    return sum(b.nbytes for b in plan.buffers if b.kind == "derived")


def test_the_packing_of_a_variable_is_behind_a_branch():
    plan = planned(lambda x, w: x @ w.T, X, W)
    branch, pack, *_ = plan.steps
    assert isinstance(branch, Branch)
    assert plan.buffers[branch.predicate].kind == "changed"
    assert isinstance(pack, Launch)
    assert isinstance(pack.kernel, Pack)
    at = next(k for k, s in enumerate(plan.steps) if isinstance(s, Mark) and s.label == branch.label)
    assert plan.once == 1 == sum(isinstance(s, Launch) for s in plan.steps[:at])
    assert derived(plan) == 192 * 192 * 4


def test_no_argument_is_taken_for_a_variable():
    plan = planned(lambda x, w: x @ w.T, X, W, arguments=2)
    assert (plan.once, derived(plan)) == (0, 0)
    assert not any(isinstance(s, Branch) for s in plan.steps)


@pytest.mark.parametrize("update", [lambda w: w * 0.5, lambda w: w.T, lambda w: w + 1.0])
def test_no_variable_that_the_program_assigns_is_taken(update):
    plan = planned(lambda x, w: (x @ w.T, update(w)), X, W, donated={1: 1})
    assert plan.once == 0


def test_what_is_made_of_both_runs_each_time():
    plan = planned(lambda x, v, w: x @ (v * w).T, X, W, W, donated={})
    assert plan.once == 2
    plan = planned(lambda x, v, w: (x @ (v * w).T, v + 1.0), X, W, W, donated={1: 1})
    assert plan.once == 0


def test_what_only_the_prologue_needs_lies_in_the_arena():
    plan = planned(lambda x, v, w: x @ (wg.exp(v) @ w).T, X, W, W)
    assert plan.once >= 2
    assert derived(plan) == 192 * 192 * 4
    assert plan.arena.nbytes({}) >= 192 * 192 * 4


def test_what_may_fail_runs_each_time():
    def rows(x, at, w):
        return x @ gather(w, at, axis=0).T

    plan = planned(rows, X, "i64[192]", W, arguments=1)
    assert plan.once == 0


def test_a_result_runs_each_time():
    plan = planned(lambda x, w: (x + 1.0, w * 2.0), X, W)
    assert plan.once == 0


def test_little_is_not_worth_a_branch():
    assert planned(lambda x, w: x @ w.T, "f32[16,48]", "f32[48,48]").once == 0
    assert planned(lambda x, w: x @ w.T, X, W).once == 1
    small = planned(lambda x, w: x @ w, "f32[16,48]", "f32[48,48]")  # nor is what it would save
    assert [type(s.kernel) for s in small.launches] == [Product]


@pytest.mark.parametrize("size", [40, 88, 96, 128])
def test_whatever_is_packed_because_it_is_fixed_is_packed_once(size):
    plan = planned(lambda x, w: x @ w, f"f32[16,{size}]", f"f32[{size},{size}]")
    assert plan.once == sum(isinstance(s.kernel, Pack) for s in plan.launches)


def test_a_result_that_is_made_of_variables_alone_is_no_fixed_factor():
    plan = planned(lambda x, w: (w * 2.0, x @ (w * 2.0)), X, W)
    assert not any(isinstance(s.kernel, Pack) for s in plan.launches)


def test_what_is_far_larger_than_what_it_is_made_of_is_not_kept():
    def f(x, v):
        table = wg.broadcast_to(wg.exp(v), (2048, 192))
        return wg.take(wg.cumsum(table, axis=0), x, axis=0)

    assert derived(planned(f, "i64[n]", "f32[192]")) < 2048 * 192 * 4


def test_a_loop_over_a_variable_packs_it_once_for_all_calls():
    body = record(lambda h, w, x: (wg.tanh(h @ w.T) + x, w), X, W, X)

    def loop(xs, h, w):
        return item(scan(h, w, xs, body=body, carries=2, length=xs.shape[0], reverse=False), index=0)

    plan = planned(loop, "f32[n,16,192]", X, W)
    assert plan.once == 1
    assert isinstance(plan.launches[0].kernel, Pack)


def test_what_is_in_a_branch_of_a_condition_stays_there():
    body = record(lambda x, w: x @ w.T, X, W)
    other = record(lambda x, w: x, X, W)

    def f(x, go, w):
        return item(cond(go, x, w, true=body, false=other), index=0)

    plan = planned(f, X, "b1[]", W, arguments=2)
    assert plan.once == 0


def test_weights_that_stay_are_read_from_panels_where_arguments_are_not():
    types = X, "f32[192,96]"
    kinds = [
        [type(s.kernel) for s in planned(lambda x, w: x @ w, *types, arguments=n).launches] for n in (1, 2)
    ]
    assert [Pack in k for k in kinds] == [True, False]


@dataclasses.dataclass
class Steady(Compiled):
    """State that no output replaces, written to where it differs only."""

    def __call__(self, args):
        state = list(zip(self.executable.state, args[self.program.arguments :], strict=True))
        with changing([s for s, a in state if s.array.tobytes() != a.tobytes()]):
            for s, a in state:
                s.array[...] = a
        return [r.numpy() for r in self.executable.run(args[: self.program.arguments])]


@pytest.mark.parametrize("group", range(4))
def test_random_programs_whose_state_changes_now_and_then(group, monkeypatch):
    """All inputs of known shape are state."""
    monkeypatch.setattr(prologue, "WORTH", 0)
    found = 0
    for seed in range(group * 10, group * 10 + 10):
        rng = np.random.default_rng(seed)
        graph = grow(rng, int(rng.integers(8, 24)), large=seed % 9 == 0).graph
        inputs = sorted(graph.inputs, key=lambda i: not i.type.dims())
        program = Program(Graph(tuple(inputs), graph.outputs), sum(bool(i.type.dims()) for i in inputs), {})
        calls = [arguments_for(program, rng, 17) for _ in range(3)]
        at = program.arguments
        calls = [calls[0], [*calls[1][:at], *calls[0][at:]], calls[2], calls[2], calls[0]]
        try:
            compiled = Steady.of(program, calls[0])
        except DTypeError:  # of complex numbers there are no kernels
            continue
        found += compiled.executable.plan.once > 0
        for k, args in enumerate(calls):
            wrong = complaint(program, compiled, args)
            assert wrong is None, f"seed {seed}, call {k}: {wrong}"
    assert found
