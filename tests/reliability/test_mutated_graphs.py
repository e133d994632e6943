"""A graph with one wrong field is refused by name; what `verify` lets pass compiles, and computes what it says."""

import functools

import numpy as np

from tests.compiler.differential import Compiled, complaint, error_of
from tests.compiler.random_graphs import Program, arguments_for, grow
from tests.ir.mutations import mutations
from wengert.base.errors import GraphError, WengertError
from wengert.ir.verify import verify

_EACH = 20  # mutants of one graph


def test_mutants_are_refused_by_name_or_run(effort):
    refused = ran = 0
    for seed in range(10 if effort == 1 else 50 * effort):
        rng = np.random.default_rng(seed)
        program = grow(rng, int(rng.integers(2, 8)))
        mutants = list(mutations(program.graph))
        for k in rng.choice(len(mutants), min(_EACH, len(mutants)), replace=False):
            mutant = Program(mutants[k], len(mutants[k].inputs), {})
            refusal = error_of(functools.partial(verify, mutant.graph))
            if refusal is not None:
                assert isinstance(refusal, GraphError)
                assert str(refusal).startswith("verify: ")
                refused += 1
                continue
            ran += ran_as_interpreted(mutant, rng, f"seed {seed}, mutant {k}")
    print(f"{refused} refused, {ran} ran")
    assert refused > 5 * (10 if effort == 1 else 50 * effort)
    assert ran > effort


def promises(graph) -> bool:
    """Of a search in what is not sorted nothing is promised: it may give any place."""
    searches = [
        node for node in graph.nodes if node.primitive is not None and node.primitive.name == "searchsorted"
    ]
    return all(is_sorted(node.inputs[0]) for node in searches)


def is_sorted(node) -> bool:
    sort = node.primitive is not None and node.primitive.name == "sort"
    return sort and not dict(node.params)["descending"]


def ran_as_interpreted(program, rng, place) -> bool:
    if not promises(program.graph):
        return False
    try:
        args = arguments_for(program, rng, 5)
        compiled = Compiled.of(program, args)
    except WengertError:
        return False  # refused when it is compiled: by name
    wrong = complaint(program, compiled, args)
    assert wrong is None, f"{place}: {wrong}\n{program}"
    return True
