"""Layouts: the elements of a view lie where NumPy has them."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from tests.compiler.graphs import record
from wengert.base.errors import GraphError
from wengert.compiler.layout import Layout, apart, layout_of, row_major, view
from wengert.ir.dim import Dim, evaluate
from wengert.ir.graph import evaluate as interpret
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.prims.movement import broadcast_to, reshape, transpose
from wengert.prims.slicing import slice

N = Dim.named("n")


def test_row_major_strides_may_be_symbolic():
    assert row_major((2, N, 3)) == (N * 3, 3, 1)
    assert row_major(()) == ()


CHAINS = {
    "transposed": lambda x: transpose(x, perm=(2, 0, 1)),
    "every other": lambda x: slice(x, start=(1, 0, 3), stop=(4, 5, 6), step=(2, 1, 1)),
    "repeated": lambda x: broadcast_to(x, shape=(2, 4, 5, 6)),
    "axes of length 1": lambda x: reshape(x, shape=(4, 1, 5, 6, 1)),
    "flattened": lambda x: reshape(x, shape=(20, 6)),
    "a column": lambda x: reshape(slice(x, start=(0, 2, 0), stop=(4, 3, 6), step=(1, 1, 1)), shape=(4, 6)),
    "a row repeated": lambda x: broadcast_to(
        slice(x, start=(1, 2, 0), stop=(2, 3, 6), step=(1, 1, 2)), shape=(7, 1, 3)
    ),
    "a view of a view of a view": lambda x: transpose(
        slice(transpose(x, perm=(1, 0, 2)), start=(1, 1, 1), stop=(5, 3, 6), step=(3, 1, 2)), perm=(2, 1, 0)
    ),
    "nothing": lambda x: slice(x, start=(2, 0, 0), stop=(2, 5, 6), step=(1, 1, 1)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_elements_lie_where_numpy_has_them(name):
    graph = record(CHAINS[name], "f64[4,5,6]")
    memory = np.arange(125.0)  # the value starts at element 5
    x = memory[5:].reshape(4, 5, 6)
    at = layout_of(graph.outputs[0], {graph.inputs[0]: Layout(0, 5, row_major((4, 5, 6)))})
    (want,) = interpret(graph, [x])
    offset = evaluate(at.offset, {})
    got = as_strided(memory[offset:], want.shape, [8 * evaluate(s, {}) for s in at.strides])
    np.testing.assert_array_equal(got, want)


def test_symbolic_offsets_follow_the_length():
    x = graph_input(TensorType((N, 4)))
    last = slice(x, start=(0, 1), stop=(N, 4), step=(1, 1))
    at = layout_of(transpose(last, perm=(1, 0)), {x: Layout(3, 0, row_major(x.shape))})
    assert at == Layout(3, 1, (1, 4))


def test_what_has_gaps_cannot_be_reshaped_in_place():
    x = graph_input(TensorType((4, 6)))
    flat = reshape(transpose(x, perm=(1, 0)), shape=(24,))
    assert view(flat, Layout(0, 0, (1, 6))) is None
    with pytest.raises(GraphError, match="must be a view of kept memory"):
        layout_of(flat, {x: Layout(0, 0, (6, 1))})


@pytest.mark.parametrize("shape", [(36, 1, 8, 8, 64), (16, N, 4, 4, 256), (36, 512, 512)])
def test_parts_that_are_read_together_lie_in_different_lines_of_a_cache(shape):
    """A distance of a multiple of 1024 bytes would let 36 lines compete for a few places."""
    strides = apart(TensorType(shape))
    distance = 4 * evaluate(strides[0], {"n": 3})
    assert distance % 1024
    assert distance % 64 == 0
    assert strides[1:] == row_major(shape)[1:]
    assert strides[0] - row_major(shape)[0] == 16


def test_parts_that_do_not_compete_have_no_gaps():
    assert apart(TensorType((36, 3, 5))) == row_major((36, 3, 5))
