import numpy as np
import pytest

from wengert.base.errors import IndexRangeError
from wengert.ir.graph import evaluate
from wengert.ir.parse import parse_graph
from wengert.ir.verify import verify
from wengert.runtime.executable import Executable
from wengert.transforms.products_of_picked import products_of_picked

LAYER = """
    graph(%e: f32[5,64], %i: i64[40,batch], %w: f32[64,48]) {
      %0: f32[40,batch,64] = gather(%e, %i, axis=0)
      %1: f32[40,batch,48] = dot(%0, %w, contract=((2,), (0,)), batch=((), ()))
      return %1 }"""
WEIGHT_GRADIENT = """
    graph(%e: f32[5,64], %i: i64[40,batch], %g: f32[40,batch,48]) {
      %0: f32[40,batch,64] = gather(%e, %i, axis=0)
      %1: f32[64,48] = dot(%0, %g, contract=((0, 1), (0, 1)), batch=((), ()))
      return %1 }"""
TABLE_GRADIENT = """
    graph(%i: i64[batch,40], %g: f32[40,batch,48], %w: f32[64,48]) {
      %0: f32[] = const 0.0
      %1: f32[5,64] = broadcast_to(%0, shape=(5, 64))
      %2: f32[40,batch,64] = dot(%g, %w, contract=((2,), (1,)), batch=((), ()))
      %3: f32[batch,40,64] = transpose(%2, perm=(1, 0, 2))
      %4: f32[5,64] = scatter_add(%1, %i, %3, axis=0)
      return %4 }"""
SECOND = """
    graph(%e: f32[64,5,3], %i: i64[50,batch], %w: f32[4,3,64]) {
      %0: f32[64,50,batch,3] = gather(%e, %i, axis=1)
      %1: f32[4,50,batch] = dot(%w, %0, contract=((2, 1), (0, 3)), batch=((), ()))
      return %1 }"""
SECOND_SUMMED = """
    graph(%e: f32[64,5], %i: i64[50,batch], %g: f32[48,batch,50]) {
      %0: f32[64,50,batch] = gather(%e, %i, axis=1)
      %1: f32[48,64] = dot(%g, %0, contract=((2, 1), (1, 2)), batch=((), ()))
      return %1 }"""
SECOND_SCATTERED = """
    graph(%i: i64[50,batch], %g: f32[48,50,batch], %w: f32[7,48]) {
      %0: f32[] = const 0.0
      %1: f32[7,5] = broadcast_to(%0, shape=(7, 5))
      %2: f32[7,50,batch] = dot(%w, %g, contract=((1,), (0,)), batch=((), ()))
      %3: f32[7,5] = scatter_add(%1, %i, %2, axis=1)
      return %3 }"""


def names(graph):
    return [n.primitive.name for n in graph.steps if n.primitive.name not in ("const", "broadcast_to")]


def arguments(graph, n, seed=0):
    """Numbers that no order of additions rounds; indices below 4, so that row 4 is never picked."""
    rng = np.random.default_rng(seed)
    shapes = [tuple(d if isinstance(d, int) else n for d in i.type.shape) for i in graph.inputs]
    return [
        rng.integers(*((0, 4) if i.dtype == "int64" else (-4, 5)), shape).astype(i.dtype)
        for i, shape in zip(graph.inputs, shapes, strict=True)
    ]


@pytest.mark.parametrize("n", [0, 1, 7, 32])
@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (LAYER, ["dot", "gather"]),
        (WEIGHT_GRADIENT, ["scatter_add", "less", "reshape", "where", "scatter_add", "dot"]),
        (TABLE_GRADIENT, ["transpose", "scatter_add", "dot"]),
        (SECOND, ["dot", "gather"]),
        (SECOND_SUMMED, ["scatter_add", "less", "reshape", "where", "transpose", "scatter_add", "dot"]),
        (SECOND_SCATTERED, ["scatter_add", "dot"]),
    ],
)
def test_the_table_is_multiplied_instead_of_what_is_picked(text, steps, n):
    before = parse_graph(text)
    after = products_of_picked(before)
    verify(after)
    assert sorted(names(after)) == sorted(steps)
    args = arguments(before, n)
    (expected,) = evaluate(before, args)
    (got,) = evaluate(after, args)
    np.testing.assert_array_equal(got, expected)
    (compiled,) = Executable(before, len(args), [], {}).run(args)
    np.testing.assert_array_equal(compiled.numpy(), expected)


@pytest.mark.parametrize(
    "text",
    [
        LAYER.replace("[5,", "[50000,"),  # more rows than positions
        LAYER.replace("f32", "bf16"),
        WEIGHT_GRADIENT.replace("64,", "2,").replace(",64]", ",2]"),  # more to add up than to multiply
        TABLE_GRADIENT.replace("64,", "2,").replace(",64]", ",2]").replace(" 64)", " 2)"),
        TABLE_GRADIENT.replace("const 0.0", "const 1.0"),
    ],
)
def test_others_stay(text):
    graph = parse_graph(text)
    assert products_of_picked(graph) is graph


def test_a_sum_over_some_of_the_positions_stays():
    graph = parse_graph("""
        graph(%e: f32[5,64], %i: i64[40,batch], %g: f32[40,48]) {
          %0: f32[40,batch,64] = gather(%e, %i, axis=0)
          %1: f32[batch,64,48] = dot(%0, %g, contract=((0,), (0,)), batch=((), ()))
          return %1 }""")
    assert products_of_picked(graph) is graph


@pytest.mark.parametrize("text", [LAYER, WEIGHT_GRADIENT])
def test_rows_that_are_not_picked_do_not_count(text):
    graph = parse_graph(text)
    args = arguments(graph, 3)
    args[0][4] = np.inf
    (got,) = evaluate(products_of_picked(graph), args)
    np.testing.assert_array_equal(got, *evaluate(graph, args))


def test_both_gradients_share_their_sums():
    graph = parse_graph("""
        graph(%e: f32[5,64], %i: i64[40,batch], %g: f32[40,batch,48], %w: f32[64,48]) {
          %0: f32[] = const 0.0
          %1: f32[5,64] = broadcast_to(%0, shape=(5, 64))
          %2: f32[40,batch,64] = gather(%e, %i, axis=0)
          %3: f32[64,48] = dot(%2, %g, contract=((0, 1), (0, 1)), batch=((), ()))
          %4: f32[40,batch,64] = dot(%g, %w, contract=((2,), (1,)), batch=((), ()))
          %5: f32[5,64] = scatter_add(%1, %i, %4, axis=0)
          return %3, %5 }""")
    after = products_of_picked(graph)
    scatters = [n for n in after.steps if n.primitive.name == "scatter_add"]
    assert sorted(str(n.type) for n in scatters) == ["f32[5,48]", "f32[5]"]


def test_an_index_outside_of_the_table_is_still_an_error():
    graph = parse_graph(LAYER)
    args = arguments(graph, 2)
    args[1][0, 1] = 5
    with pytest.raises(IndexRangeError, match="0..4"):
        Executable(graph, 3, [], {}).run(args)
