import numpy as np
import pytest

from tests.ir.graphs import mlp, recorded_cases
from tests.ir.mutations import changed, mutations
from wengert.base.errors import GraphError, ShapeError
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, bind, evaluate
from wengert.ir.node import Node, constant, graph_input
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import Source
from wengert.ir.types import TensorType, type_of
from wengert.ir.verify import verify
from wengert.prims.arithmetic import add, neg

F32 = TensorType((), "float32")
N = Dim.named("n")


@pytest.mark.parametrize("graph", [g for _, g in recorded_cases()], ids=[n for n, _ in recorded_cases()])
def test_recorded_graphs_are_legal(graph):
    assert verify(graph) is graph


X = graph_input(F32, "x")
SOURCE = Source("train.py", 12)
STEP = Node(add, (X, X), (), F32, source=SOURCE)
WRITEABLE = np.zeros(3, "float32")


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            changed(STEP, type=TensorType((2,))),
            r"add: its type must be .*, f32\[\]; type f32\[2\] \[train.py:12\]",
        ),
        (changed(STEP, inputs=(X,)), r"add: its inputs and parameters must suit it.*\[train.py:12\]"),
        (changed(STEP, inputs=[X, X]), "inputs must be a tuple"),
        (changed(STEP, inputs=(X, 1.0)), "inputs must be nodes; got 1.0"),
        (1.0, "values must be nodes; got 1.0"),
        (changed(STEP, primitive="add"), "primitive must be registered"),
        (changed(STEP, name="y"), "a step must have neither name nor value"),
        (changed(STEP, source="train.py"), "source must be a Source"),
        (changed(STEP, params=(("axes", ()),)), "its inputs and parameters must suit it"),
        (changed(STEP, params=[]), r"must be \(name, value\) pairs"),
        (changed(STEP, params=(("a", 1), ("a", 1))), "sorted and distinct"),
        (changed(STEP, params=(("a", object()),)), "parameter a must be a number"),
        (changed(STEP, params=(("a", np.int64(1)),)), "parameter a must be a number"),
        (changed(STEP, type=TensorType((-1,))), "lengths must be ints >= 0"),
        (changed(STEP, type=TensorType((1.5,))), "lengths must be ints >= 0"),
        (changed(STEP, type=TensorType((2,), "float128")), "must be a shape and one of"),
        (changed(STEP, type=TensorType((2**62,))), "must not be larger than"),
        (changed(X, name=None), "must be among the inputs of the graph, or have a value"),
        (graph_input(F32, "y"), "y: it must be among the inputs of the graph, or have a value"),
        (changed(constant(1.0), type=F32), "a constant must have the type of its array"),
        (changed(constant(1.0), value=WRITEABLE), "a constant must be a read-only array"),
        (changed(constant(1.0), value=1.0), "a constant must be a read-only array"),
        (changed(constant(1.0), name="one"), "a constant must have no inputs, parameters or name"),
    ],
)
def test_an_illegal_value_is_named(node, message):
    with pytest.raises(GraphError, match=message):
        verify(Graph((X,), (node,)))


def test_inputs_must_be_distinct_inputs():
    with pytest.raises(GraphError, match="inputs must be distinct"):
        verify(Graph((X, X), ()))
    with pytest.raises(GraphError, match="an input must be a value that nothing computes"):
        verify(Graph((X, STEP), ()))
    with pytest.raises(GraphError, match="an input must be one tensor"):
        verify(Graph((changed(X, type=(F32, F32)),), ()))


def test_a_circle_is_refused():
    a, b = Node(neg, (X,), (), F32), Node(neg, (X,), (), F32)
    object.__setattr__(a, "inputs", (b,))
    object.__setattr__(b, "inputs", (a,))
    with pytest.raises(GraphError, match="made before it is used"):
        verify(Graph((X,), (a,)))


def test_a_length_that_no_call_can_bind_is_refused():
    twice = graph_input(TensorType((N * 2,)), "x")
    out = REGISTRY["reshape"](twice, shape=(N, 2))
    with pytest.raises(GraphError, match=r"reshape: the length n must be a dimension of some input"):
        verify(Graph((twice,), (out,)))
    plain = graph_input(TensorType((N,)), "y")
    verify(Graph((twice, plain), (out,)))


def test_single_mutations_are_refused_or_run():
    """What verify lets pass is a program: it runs, and its results have the types it declares."""
    graph, rng = mlp(), np.random.default_rng(0)
    refused = ran = 0
    for mutant in mutations(graph):
        args = [sample(rng, i.type) for i in mutant.inputs]
        try:
            verify(mutant)
            bind(mutant.in_types, list(map(type_of, args)))  # two inputs may disagree about a length
        except (GraphError, ShapeError):
            refused += 1
            continue
        results = evaluate(mutant, args)
        ran += 1
        for r, o in zip(results, mutant.outputs, strict=True):
            assert r.dtype == o.dtype
            assert r.shape == tuple(5 if isinstance(n, Dim) else n for n in o.shape)
    assert refused > 200
    assert ran > 20


def sample(rng, t):
    return rng.random([5 if isinstance(n, Dim) else n for n in t.shape]).astype(t.dtype)
