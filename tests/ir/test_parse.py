import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ir.graphs import mlp, recorded_cases
from wengert.base.dtypes import TABLE
from wengert.base.errors import FormatError
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import constant, graph_input
from wengert.ir.parse import MAX_DEPTH, parse_graph
from wengert.ir.types import TensorType


def returned(*values):
    return Graph((), tuple(map(constant, values)))


@pytest.mark.parametrize("graph", [g for _, g in recorded_cases()], ids=[n for n, _ in recorded_cases()])
def test_every_primitive_survives_a_round_trip(graph):
    text = str(graph)
    again = parse_graph(text)
    assert str(again) == text
    assert again == graph


def test_a_round_trip_keeps_sources_and_results():
    graph, rng = mlp(), np.random.default_rng(0)
    again = parse_graph(str(graph))
    assert str(again) == str(graph)
    args = [rng.standard_normal(s).astype("float32") for s in ((4, 3), (3, 2))]
    for a, b in zip(evaluate(graph, args), evaluate(again, args), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("dtype", TABLE)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (40,), (0, 7)])
def test_constants_come_back_bit_for_bit(dtype, shape):
    rng = np.random.default_rng(0)
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = rng.integers(0, 2 if dtype == "bool" else 256, size, dtype="uint8")
    value = np.frombuffer(raw.tobytes(), dtype).reshape(shape)
    again = parse_graph(str(returned(value))).outputs[0]
    assert again.value.dtype == value.dtype
    assert again.value.shape == shape
    assert again.value.tobytes() == value.tobytes()
    assert not again.value.flags.writeable


@given(st.integers(0, 2**32 - 1))
def test_every_float_comes_back_bit_for_bit(bits):
    value = np.frombuffer(np.uint32(bits).tobytes(), "float32")[0]
    assert parse_graph(str(returned(value))).outputs[0].value.tobytes() == value.tobytes()


def test_shared_values_stay_shared():
    graph = parse_graph(
        "graph(%x: f32[]) {\n %0: f32[] = neg(%x)\n %1: f32[] = add(%0, %0)\n return %1, %0\n}"
    )
    total, negative = graph.outputs
    assert total.inputs == (negative, negative)


def test_parameters_keep_their_kinds():
    text = """graph(%x: f64[n,2]) {
  %0: f64[n + 1,2] = pad(%x, high=(0, 0), interior=(0, 0), low=(1, 0), value=-0.0)
  %1: f64[n + 3,2] = pad(%0, high=(0, 0), interior=(0, 0), low=(2, 0), value=inf)
  return %1
}"""
    graph = parse_graph(text)
    assert str(graph) == text
    last = graph.outputs[0]
    assert str(last.inputs[0].kwargs["value"]) == "-0.0"


def step(line):
    return f"graph(%x: f32[n,2]) {{\n  {line}\n  return %x\n}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: 'graph' must stand here; got 'end of text'"),
        ("graph() {\n  return\n} x", "line 3: 'end' must stand here; got 'x'"),
        ("graph() {\n  return %a\n}", "line 2: a value must be made before it is used; got '%a'"),
        ("graph(%x: f32[], %x: f32[]) { return }", "a value must be named once; got '%x'"),
        ("graph(%x: q7[]) { return }", "line 1: type: a dtype must be one of bool.*|type: a dtype"),
        ("graph(%x: f32[batch$]) { return }", "Dim: must be a sum of products"),
        ("graph(%x: (f32[], f32[])) { return }", "an input must be one tensor"),
        (step("%0: f32[n,2] = explode(%x)"), "line 2: a primitive must stand here; got 'explode'"),
        (step("%0: f32[n,3] = neg(%x)"), r"the type must be the one neg gives, f32\[n,2\]; got 'f32\[n,3\]'"),
        (step("%0: f32[n,2] = neg(%x, %x)"), "line 2: neg"),
        (step("%0: f32[n,2] = neg(%x, a=1)"), "line 2: the arguments must suit neg|line 2: neg"),
        (step("%0: f32[2,n] = transpose(%x, perm=7)"), "line 2: transpose"),
        (step("%0: f32[2,n] = transpose(%x, perm=(1, 0), perm=(1, 0))"), "given once; got 'perm'"),
        (step("%0: f32[2,n] = transpose(%x, perm=(1; 0))"), "names, numbers and marks; got ';'"),
        (step("%0: f32[n] = const 1.0"), "a constant must have a known shape; got"),
        (step("%0: f32[] = const 1"), "a number of dtype float32 must stand here; got '1'"),
        (step("%0: u8[] = const 256"), "a number of dtype uint8 must stand here; got '256'"),
        (step("%0: u8[] = const -1"), "a number of dtype uint8 must stand here; got '-'"),
        (step("%0: f32[2] = const [1.0]"), r"f32\[2\] must have 2 elements; got '1'"),
        (step("%0: f32[2] = const 1.0"), "must stand here; got '1.0'"),
        (step('%0: f32[2] = const base64 "AAAA"'), r"f32\[2\] must have 8 bytes; got '3 bytes'"),
        (step('%0: f32[2] = const base64 "A*A="'), "base64 must stand here"),
        (step("%0: f32[900000000000] = const full 0.0"), "must not be larger than"),
        (step("%0: f32[2] = const digest ab12"), "must stand here; got 'digest'"),
        (step('%0: f32[n,2] = cast(%x, dtype="\\ud800\\q")'), "a string must be written as in JSON"),
        (step("%0: f32[n,2] = cast(%x, dtype=)"), "a parameter must stand here; got"),
        (step("%0: f32[n,2] = cast(%x, dtype=-True)"), "a number must stand here; got '- True'"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, message):
    with pytest.raises(FormatError, match=message):
        parse_graph(text)


@pytest.mark.parametrize(
    "text",
    [
        step(f"%0: f32[n,2] = neg(%x, a={'(' * 100_000})"),
        step(f"%0: f32[n,2] = neg(%x, a={'graph() { %0: f32[] = neg(a=' * 1000}"),
        f"graph(%x: {'(' * 100_000}",
        step(f"%0: f32[n,2] = neg(%x, a={'floordiv(' * 10_000})"),
        f"graph(%x: f32[{'-' * 900}n]) {{ return }}",
    ],
)
def test_deep_nesting_is_refused(text):
    with pytest.raises(FormatError, match=f"deeper than {MAX_DEPTH}|must stand here|Dim: must"):
        parse_graph(text)


@given(st.data())
def test_damaged_text_is_refused_or_legal(data):
    """One character changed, dropped or doubled: a graph or a FormatError, nothing else."""
    text = str(mlp())
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.sampled_from(["", "%", "(", "]", "0", "x", "\n", "-", '"', "#", "é"]))
    try:
        graph = parse_graph(text[:at] + new + text[at + 1 :])
    except FormatError:
        return
    assert parse_graph(str(graph)) == graph


def test_an_unused_input_keeps_its_place():
    graph = Graph((graph_input(TensorType((2,)), "a"), graph_input(TensorType((3,)), "b")), ())
    assert [i.name for i in parse_graph(str(graph)).inputs] == ["a", "b"]
