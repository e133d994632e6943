"""Compiled programs do what interpreted ones do: random programs over every primitive.

    pytest tests/compiler/test_differential.py --fuzz 5000    # many more programs; failures print their seed

How results are compared: `wengert.runtime.montecarlo`. What is tried: `random_graphs.py`. A failure is made smaller
first (`differential.py`); paste what it prints into `test_found_by_fuzzing.py`.
"""

import functools

import numpy as np
import pytest

from tests.compiler.differential import Compiled, complaint, report, shrink
from tests.compiler.random_graphs import BATCHES, Program, arguments_for, grow, recipes
from wengert.compiler import prologue
from wengert.compiler.pipeline import PASSES, optimize
from wengert.compiler.plan import make_plan
from wengert.ir.graph import Graph
from wengert.ir.node import constant, graph_input
from wengert.ir.primitive import REGISTRY
from wengert.ir.types import TensorType
from wengert.runtime import executable
from wengert.runtime.montecarlo import CONTROL, disagreement
from wengert.runtime.rounding import EXACT, OTHERS, SUMS, ULPS
from wengert.runtime.threads import get_threads, set_threads
from wengert.transforms.casts_outside import casts_outside
from wengert.transforms.cse import cse
from wengert.transforms.dce import dce
from wengert.transforms.explicit_padding import explicit_padding
from wengert.transforms.forward_invariants import forward_invariants
from wengert.transforms.keep_steps import keep_steps
from wengert.transforms.merge_scans import merge_scans
from wengert.transforms.products_of_picked import products_of_picked
from wengert.transforms.products_outside import products_outside
from wengert.transforms.share_halo import share_halo
from wengert.transforms.simplify import simplify
from wengert.transforms.sum_after_scan import sum_after_scan

PROGRAMS = 160  # in the suite: about 20 s
GROUP = 20  # programs to a test
VALUES = ({"whole": True}, {}, {"special": 0.15}, {"whole": True})
THREADS = (1, 2, 4)
LEFT_OUT = (
    None,
    None,
    None,
    simplify,
    cse,
    dce,
    merge_scans,
    share_halo,
    explicit_padding,
    keep_steps,
    casts_outside,
    products_outside,
    sum_after_scan,
    products_of_picked,
    forward_invariants,
)  # passes that only make things faster
LARGE = 27  # every so many programs, one with long axes


def seeds(config) -> range:
    return range((PROGRAMS + config.getoption("--fuzz")) // GROUP)


def pytest_generate_tests(metafunc):
    if "group" in metafunc.fixturenames:
        metafunc.parametrize("group", seeds(metafunc.config))


@pytest.fixture
def setting(monkeypatch):
    """Sets the number of threads, all of which work on small data too, and leaves out a pass of the compiler.

    What can be made of state once is, however little it is.
    """
    before = get_threads()
    monkeypatch.setattr(executable, "SMALL_WORK", 0)
    monkeypatch.setattr(prologue, "WORTH", 0)

    def change(threads, without):
        set_threads(threads)
        prepare = functools.partial(optimize, passes=tuple(p for p in PASSES if p is not without))

        def compile_graph(graph, donated, target, arguments, *_):
            fixed = set(range(arguments, len(graph.inputs))) - set(donated.values())
            return make_plan(prepare(graph), donated, target, prepare, fixed=fixed)

        monkeypatch.setattr(executable, "compile_graph", compile_graph)

    yield change
    set_threads(before)


def test_random_programs(group, setting):
    """Two or three batch sizes with one executable."""
    for seed in range(group * GROUP, (group + 1) * GROUP):
        rng = np.random.default_rng(seed)
        threads, without = THREADS[seed % len(THREADS)], LEFT_OUT[seed % len(LEFT_OUT)]
        setting(threads, without)
        program = grow(rng, int(rng.integers(1, 16)), large=seed % LARGE == 0)
        compiled = None
        for n in rng.choice(BATCHES, 2 + seed % 2, replace=False):
            args = arguments_for(program, rng, int(n), **VALUES[seed % len(VALUES)])
            compiled = compiled or Compiled.of(program, args)
            wrong = complaint(program, compiled, args)
            if wrong is not None:
                case = f"seed {seed}, n = {n}, {threads} threads, without {without and without.__name__}"
                pytest.fail(f"{case}: {wrong}\n{report(*shrink(program, args))}")


def test_every_primitive_is_tried():
    assert set(recipes()) == set(REGISTRY)


def test_of_every_primitive_it_is_said_how_it_rounds():
    classes = [set(ULPS), SUMS, EXACT, OTHERS, set(CONTROL)]
    assert set().union(*classes) == set(REGISTRY)
    assert sum(map(len, classes)) == len(REGISTRY)


def test_every_primitive_occurs_in_the_programs_of_the_suite():
    graphs = [
        grow(rng, int(rng.integers(1, 16))).graph for rng in map(np.random.default_rng, range(PROGRAMS))
    ]
    assert set(REGISTRY) - set().union(*map(names, graphs)) == set()


def names(graph: Graph) -> set[str]:
    """The primitives of a graph, and of the graphs inside of it."""
    inner = [v for s in graph.steps for _, v in s.params if isinstance(v, Graph)]
    return {s.primitive.name for s in graph.steps}.union(*map(names, inner))


# --- the comparison itself: it is red on a fault, and green on rounding ---------------------------


def unary(name: str, shape: str = "f32[3]") -> Graph:
    x = graph_input(TensorType.parse(shape))
    return Graph((x,), (REGISTRY[name](x),))


def found(graph: Graph, x, got) -> str | None:
    return disagreement(graph, [x], [got], np.random.default_rng(0))[0]


@pytest.mark.parametrize(("ulps", "wrong"), [(1, False), (3, False), (40, True), (4000, True)])
def test_functions_may_be_wrong_by_some_ulps(ulps, wrong):
    x = np.array([0.3, 1.0, 5.0], "f")
    y = np.exp(x)
    assert (found(unary("exp"), x, y + ulps * np.spacing(y)) is not None) is wrong


def test_whole_numbers_are_compared_by_bits():
    x = np.array([3.0, 1.0, 2.0], "f")
    y = np.array([9.0, 1.0, 4.0], "f")
    square = graph_input(TensorType.parse("f32[3]"))
    graph = Graph((square,), (REGISTRY["mul"](square, square),))
    assert found(graph, x, y) is None
    assert "allowed" in found(graph, x, np.nextafter(y, np.float32(100)))


@pytest.mark.parametrize("got", [[0.0, -0.0], [-0.0, np.inf], [np.nan, np.nan]])
def test_zeros_have_signs_and_nan_is_no_number(got):
    x = np.array([0.0, np.nan], "f")
    graph = unary("neg", "f32[2]")
    assert found(graph, x, np.array([-0.0, np.nan], "f")) is None
    assert found(graph, x, np.array(got, "f")) is not None


@pytest.mark.parametrize("got", [True, False])
def test_a_nan_has_any_sign(got):
    x = np.array([np.nan, -0.0], "f")
    assert found(unary("signbit", "f32[2]"), x, np.array([got, True])) is None
    assert found(unary("signbit", "f32[2]"), x, np.array([got, False])) is not None


def test_what_hangs_on_a_rounding_is_not_compared():
    x = graph_input(TensorType.parse("f32[2]"))
    graph = Graph((x,), (REGISTRY["floor"](REGISTRY["exp"](REGISTRY["log"](x))),))
    values = np.array([3.0, 3.5], "f")  # exp(log(3)) may be just below 3
    for near in (2.0, 3.0):
        assert found(graph, values, np.array([near, 3.0], "f")) is None
    assert found(graph, values, np.array([3.0, 4.0], "f")) is not None


def test_steps_may_be_wrong_alike():
    """Two functions of equal numbers err in one direction, whichever, and what is small in the end shows it."""
    x, y, one = (graph_input(TensorType.parse("f32[2000]")) for _ in range(3))
    add, expm1 = REGISTRY["add"], REGISTRY["expm1"]
    graph = Graph((x, y, one), (add(add(expm1(x), one), add(expm1(y), one)),))
    values, ones = np.linspace(-4, -3.5, 2000, dtype="f"), np.ones(2000, "f")
    exact = np.expm1(values)
    for ulps in (2, -2):
        near, far = (2 * (exact + np.float32(n * ulps) * np.spacing(exact) + ones) for n in (1, 20))
        for got, wrong in ((near, False), (far, True)):
            complaint = disagreement(graph, [values, values, ones], [got], np.random.default_rng(0))[0]
            assert (complaint is not None) is wrong


def test_the_largest_or_the_product_of_what_nothing_is_promised_of_may_be_anything():
    kernel = graph_input(TensorType.parse("f32[3,3,4,5]"))
    zeros = np.zeros((2, 2, 2, 5), "f")
    gradient = REGISTRY["conv_input_grad"](
        constant(zeros), kernel, dilation=(1, 1), groups=1, in_shape=(2, 5, 5, 4), padding=((0, 0),) * 2,
        strides=(2, 2),
    )  # fmt: skip
    graph = Graph((kernel,), (REGISTRY["argmax"](gradient, axis=1),))
    values = np.ones((3, 3, 4, 5), "f")
    assert found(graph, values, np.ones((2, 5, 4), "i8")) is not None
    values[0, 0] = np.inf
    assert found(graph, values, np.ones((2, 5, 4), "i8")) is None
    product = Graph((kernel,), (REGISTRY["reduce_prod"](gradient, axes=(0, 1, 2, 3)),))
    for got in (0.0, 3.0, np.inf, np.nan):
        assert found(product, values, np.float32(got)) is None


def test_dtype_and_shape_are_compared():
    x = np.ones(3, "f")
    assert "float32[3]" in found(unary("neg"), x, -x[:2])
    assert "float32[3]" in found(unary("neg"), x, -x.astype("d"))


def test_shrink_finds_the_step_that_fails():
    rng = np.random.default_rng(7)
    program = grow(rng, 15)
    args = arguments_for(program, rng, 5)
    guilty = program.graph.steps[len(program.graph.steps) // 2].primitive.name

    def fails(p: Program, args) -> bool:
        return guilty in {s.primitive.name for s in p.graph.steps}

    smaller, its_args = shrink(program, args, fails)
    assert [s.primitive.name for s in smaller.graph.steps] == [guilty]
    assert len(smaller.graph.outputs) == 1
    assert len(its_args) == len(smaller.graph.inputs)
    assert guilty in report(smaller, its_args)
