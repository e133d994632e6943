"""checkpoint and custom: derivatives to second order, batches, wrong calls"""

import itertools

import numpy as np
import pytest

from tests.prims.checks import check_vmap
from tests.prims.test_control import COUNT, TRUE, F, check_both_orders, record, results
from wengert.base.errors import ShapeError, UsageError
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.prims.calls import checkpoint, custom
from wengert.prims.transcendental import cos, sin

CALL = record(lambda x, y, n: results(checkpoint(x, y, n, body=TRUE)), F, F, COUNT)
SINE = record(lambda x: (sin(x),), F)
RULE = record(lambda x, d: (cos(x) * d,), F, F)
CUSTOM = record(lambda x: results(custom(x, body=SINE, forward=RULE, backward=RULE)), F)


def test_checkpoint_derivatives():
    first = Graph(CALL.inputs, CALL.outputs[:1])
    check_both_orders(first, [np.array([1.0, 2.0]), np.array([3.0, -4.0]), np.int64(3)])


def test_custom_derivatives():
    check_both_orders(CUSTOM, [np.array([1.0, 2.0])])


@pytest.mark.parametrize("moved", [m for m in itertools.product((False, True), repeat=3) if any(m)])
def test_a_batch_of_checkpoints(moved):
    g = np.random.default_rng(0)
    check_vmap(CALL, [[g.normal(size=2), g.normal(size=2), np.int64(k)] for k in range(3)], moved)


def test_a_batch_of_custom_calls():
    check_vmap(CUSTOM, [[np.full(2, float(k))] for k in range(3)], [True])


X = graph_input(F, "x")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: checkpoint(X, body=None), UsageError, "checkpoint: body must be a graph; got None"),
        (lambda: checkpoint(X, X, body=SINE), ShapeError, "checkpoint: body must take"),
        (lambda: custom(X, body=SINE, forward=SINE, backward=None), ShapeError, "custom: forward must take"),
    ],
)
def test_wrong_calls_say_what_must_hold(call, error, message):
    with pytest.raises(error, match=message):
        call()
