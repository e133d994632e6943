from tests.transforms.passes import check_same
from wengert.base.dtypes import available
from wengert.ir.parse import parse_graph
from wengert.transforms.casts_outside import casts_outside

available("bfloat16")


def looped(read, out="%w"):
    """A scan over rows that adds to a sum; `read`: how the body has its weight."""
    return f"""
    graph(%w: f32[3], %s: f32[3], %xs: f32[4,3]) {{
      %0: (f32[3], f32[3]) = scan(%w, %s, %xs, body=graph(%w: f32[3], %s: f32[3], %x: f32[3]) {{
        {read}
        %2: f32[3] = mul(%1, %x)
        %3: f32[3] = add(%s, %2)
        return {out}, %3 }}, carries=2, length=4, reverse=False)
      %1: f32[3] = item(%0, index=1)
      %2: f32[3] = item(%0, index=0)
      return %1, %2
    }}"""


def scans(graph):
    return [n for n in graph.steps if n.primitive.name == "scan"]


ROUNDED = '%0: bf16[3] = cast(%w, dtype="bfloat16")\n        %1: f32[3] = cast(%0, dtype="float32")'


def test_what_is_read_converted_only_is_converted_before_the_loop():
    graph = parse_graph(looped(ROUNDED))
    result = casts_outside(graph)
    (loop,) = scans(result)
    assert loop.inputs[0].dtype == "bfloat16"
    assert [n.dtype for n in loop.kwargs["body"].steps if n.primitive.name == "cast"] == ["float32"]
    check_same(graph, result)


def test_what_is_read_as_it_is_too_stays():
    graph = parse_graph(
        looped(ROUNDED + "\n        %4: f32[3] = neg(%w)", out="%w").replace("mul(%1, %x)", "mul(%1, %4)")
    )
    assert casts_outside(graph) is graph


def test_what_the_loop_changes_stays():
    graph = parse_graph(looped(ROUNDED, out="%3"))
    assert casts_outside(graph) is graph
