import inspect

import pytest

from tests.transforms.passes import check_same
from tests.transforms.rules.rows import INPUTS, KEPT, ROWS
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.transforms.cse import cse
from wengert.transforms.simplify import SIMPLIFY, simplify


def recorded(f):
    """The graph of a function whose arguments are named after inputs."""
    inputs = {name: graph_input(TensorType.parse(t), name) for name, t in INPUTS.items()}
    names = list(inspect.signature(f).parameters)
    return Graph(tuple(inputs.values()), (f(*(inputs[n] for n in names)),))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rule(row):
    """The rule fires, gives what the row says, and changes no result by more than the row says."""
    trace = []
    before = recorded(row.before)
    got = simplify(before, trace)
    assert cse(got).text == cse(recorded(row.after)).text
    assert row.rule in trace
    check_same(before, got, row.ulps)


def test_every_rule_has_a_row():
    assert {r.rule for r in ROWS} == {r.name for r in SIMPLIFY} - {"fold_constants"}


@pytest.mark.parametrize("f", KEPT.values(), ids=KEPT.keys())
def test_what_would_change_a_result_stays(f):
    assert simplify(recorded(f)).text == recorded(f).text
