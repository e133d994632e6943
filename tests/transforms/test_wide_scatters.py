import numpy as np

from wengert.base.dtypes import available
from wengert.ir.parse import parse_graph
from wengert.runtime.executable import Executable
from wengert.transforms.wide_scatters import wide_scatters

available("bfloat16")
SCATTER = """
    graph(%x: bf16[3], %i: i64[n], %u: bf16[n]) {
      %0: bf16[3] = scatter_add(%x, %i, %u, axis=0)
      return %0
    }"""


def test_scatters_of_bfloat16_are_done_in_float32():
    text = SCATTER.replace("%i: i64[n], %u: bf16[n]", "%i: i64[2], %u: bf16[2]")
    graph = wide_scatters(parse_graph(text))
    assert [s.primitive.name for s in graph.steps] == ["cast", "cast", "scatter_add", "cast"]
    assert [s.dtype for s in graph.steps] == ["float32", "float32", "float32", "bfloat16"]


def test_others_stay():
    text = SCATTER.replace("bf16", "f32").replace("[n]", "[2]")
    graph = parse_graph(text)
    assert wide_scatters(graph) is graph


def test_many_small_terms_are_not_lost():
    """In bfloat16 256 + 1 is 256."""
    n = 1000
    args = [np.zeros(3, "bfloat16"), np.zeros(n, np.int64), np.ones(n, "bfloat16")]
    (got,) = Executable(parse_graph(SCATTER), 3, [], {}).run(args)
    np.testing.assert_array_equal(got.numpy().astype(np.float32), [1000, 0, 0])
