"""`wg.check` agrees where all is right, names what is wrong, and tells kinks from mistakes."""

import importlib
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from tests.beside_keras.layer_cases import CASES
from tests.beside_keras.layer_cases.case import arguments, is_float, layer_of, leaves
from tests.ops.differentiable import ALIASES, LAYERS, NO_REVERSE, NOT_DIFFERENTIABLE, ROWS
from wengert.ir.primitive import REGISTRY
from wengert.nn.preprocessing.mixing import Mixed
from wengert.nn.preprocessing.random_images import RandomImages
from wengert.ops import (
    activations,
    control,
    conv,
    creation,
    decompositions,
    dtypes,
    fft,
    indexing,
    inverse,
    joining,
    linalg,
    losses,
    math,
    norms,
    reduce,
    sets,
    shape,
    sorting,
    systems,
)
from wengert.ops.check import Report
from wengert.ops.kinks import EDGES

BEYOND = (
    "ctc",
    "einsum",
    "focal_losses",
    "overlap_losses",
    "padding",
    "resize",
    "segments",
    "similarity_losses",
)
BEYOND += ("attention", "colours", "ctc_decode", "filters", "image_quality", "image_sizes", "normalization")
BEYOND += ("sampling", "stft", "windows")  # modules that functions are named like


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_functions_interpreted(row):
    """All methods agree, to second order."""
    f, *args = row
    report = wg.check(f, *args, points=4, compiled=False)
    assert report, report


@pytest.mark.slow
@pytest.mark.parametrize("row", LAYERS.values(), ids=LAYERS)
def test_layers_compiled(row):
    """The same at 20 points, as native code too."""
    make, *xs = row
    layer = make()
    layer(*map(single, xs))
    report = wg.check(layer, *xs, order=1)
    assert report, report


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_functions_compiled(row):
    """The same at 20 points, as native code too."""
    f, *args = row
    report = wg.check(f, *args)
    assert report, report
    assert {"forward, compiled", "reverse, compiled"} <= {r.method for r in report.rows}


def test_every_function_has_a_row():
    """Of those in `ops` that take arrays to floats; a new one without a row fails here."""
    beyond = [importlib.import_module(f"wengert.ops.{n}") for n in BEYOND]
    modules = (activations, control, conv, creation, decompositions, dtypes, fft, indexing, inverse, joining)
    modules += (linalg, losses, math, norms, reduce, sets, shape, sorting, systems, *beyond)
    public = {
        f"{module.__name__.split('.')[-1]}.{name}"
        for module in modules
        for name, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__ and not name.startswith("_")
    }
    left_out = f"{NOT_DIFFERENTIABLE} {NO_REVERSE} {ALIASES}".split()
    rows = {name.split(",")[0] for name in ROWS}
    assert {name for name in public if name.split(".")[1] not in left_out} == rows


def differentiable_cases():
    """One configuration of each layer without a row, out of those that are compared with Keras's: of float inputs."""
    found = {}
    for name, case in CASES.items():
        if case.kind not in {*LAYERS, *found, "Masking"} and not case.call and case.adapt is None:
            x = arguments(name, case)[0]
            if all(map(is_float, leaves(x))) and case.kind != "Discretization":
                found[case.kind] = (case, x)
    return found


FROM_CASES = differentiable_cases()
NOTHING_TO_DIFFERENTIATE = {
    "CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "Input", "InputLayer", "IntegerLookup",
    "ReversibleEmbedding", "StringLookup", "TextVectorization",
}  # fmt: skip
WITHIN_OTHERS = {
    "GRUCell",
    "LSTMCell",
    "SimpleRNNCell",
    "StackedRNNCells",
    "InputSpec",
    "Layer",
    "Wrapper",
    "Lambda",
    "Pipeline",
}
JUMPS = {"Masking", "Solarization"}  # where a step is all of the value that masks; at the threshold


def test_every_layer_has_a_row():
    tried = {*LAYERS, *FROM_CASES, *NOTHING_TO_DIFFERENTIATE, *WITHIN_OTHERS, *JUMPS}
    untried = [
        name
        for name in set(wg.layers.__all__) - tried
        if isinstance(cls := getattr(wg.layers, name), type)
        and cls.__name__ not in tried
        # What it draws it draws anew at each call; `tests/nn/preprocessing` looks at what comes out.
        and not issubclass(cls, RandomImages | Mixed)
    ]
    assert untried == []


def single(x):
    """Floats in float32, as the layer's weights are."""
    if isinstance(x, list):
        return [single(part) for part in x]
    return x.astype(np.float32) if x.dtype.kind == "f" else x


@pytest.mark.parametrize("row", LAYERS.values(), ids=LAYERS)
def test_layers(row):
    """By their inputs and their weights."""
    make, *xs = row
    layer = make()
    layer(*map(single, xs))
    report = wg.check(layer, *xs, points=2, compiled=False)
    assert report, report


@pytest.mark.parametrize("kind", FROM_CASES)
def test_more_layers(kind):
    case, x = FROM_CASES[kind]
    layer = layer_of(case, wg)
    layer(x)
    wide = [a.astype(np.float64) for a in x] if isinstance(x, list) else x.astype(np.float64)
    report = wg.check(layer, wide, points=1, compiled=False)
    assert report, report


def wrong(name, rule, new):
    """Put a rule in place of a primitive's own; primitives are frozen, so by force."""
    old = getattr(REGISTRY[name], rule)
    object.__setattr__(REGISTRY[name], rule, new(old))
    return lambda: object.__setattr__(REGISTRY[name], rule, old)


MISTAKES = {
    "vjp": ("tanh", "vjp", lambda old: lambda g, out, x: (g * (1 + out * out),), "vjp"),
    "jvp": ("tanh", "jvp", lambda old: lambda dots, out, x: dots[0] * 2.0, "jvp"),
    "a missing term": (
        "mul", "vjp", lambda old: lambda g, out, x, y: (lambda: g * y, None), "vjp, by input 1,",
    ),
    "transposed": (
        "dot", "vjp", lambda old: lambda g, out, x, y, **p: old(g, out, y, x, **p)[::-1], "vjp, by input 0,",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "rule", "new", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_rule_is_named_with_its_line(name, rule, new, told):
    undo = wrong(name, rule, new)

    def f(x, y):
        return wg.exp(wg.tanh(x) @ (y * wg.sin(y)))  # the line at fault

    try:
        report = wg.check(f, np.eye(2) + 0.3, np.array([[0.2, 0.5], [0.1, -0.4]]), points=3, compiled=False)
    finally:
        undo()
    assert not report
    assert report.blame.primitive == name
    assert report.blame.rule == told
    line = f.__code__.co_firstlineno + 1
    assert f"at fault: {name}: its {told} rule is wrong; got" in str(report)
    assert f"test_check.py:{line}]" in str(report)


def test_code_that_is_not_the_numpy_rule_is_named():
    undo = wrong(
        "tanh",
        "lower",
        lambda old: lambda s, i, x: s.mul(s.const(1.5, "float64"), s.unary("tanh", x[i])),
    )
    try:
        report = wg.check(wg.tanh, np.array([0.3, 0.4]), points=2)
    finally:
        undo()
    assert "at fault: tanh: its lowering rule is wrong" in str(report)


KINKS = {
    "relu at 0": (wg.activations.relu, np.array([0.0, 1.0]), "maximum: both sides are equal"),
    "abs of 0": (wg.abs, np.array([0.0, 1.0]), "abs: its argument is 0"),
    "tied maximum": (wg.max, np.array([1.0, 1.0]), "reduce_max: two elements share the maximum"),
    "where at its edge": (
        lambda x: wg.where(x < 1.0, x, 2.0 - x),
        np.array([1.0]),
        "less: both sides are equal",
    ),
}


@pytest.mark.parametrize(("f", "x", "told"), KINKS.values(), ids=KINKS)
def test_kinks_are_told_and_are_no_mistakes(f, x, told):
    report = wg.check(f, x, points=5, compiled=False)
    assert report, report
    assert any(str(k).startswith(told) for k in report.kinks)
    assert "left out: numeric, at kinks" in str(report)


X = np.linspace(-1e-3, 1e-3, 8)
NEAR_KINKS = {
    "relu": (lambda x: wg.sum(wg.activations.relu(3.0 * x)), X),
    "abs": (lambda x: wg.sum(wg.abs(x)), X),
    "maximum of all": (lambda x: wg.max(wg.sin(x)), 1.0 + X),
    "minimum along an axis": (lambda x: wg.sum(wg.min(x, axis=0)), 1.0 + np.reshape(X, (4, 2))),
    "max pooling": (wg.layers.MaxPooling2D(2), 1.0 + np.reshape(X, (1, 4, 2, 1))),
    "remainder": (lambda x: wg.sum(x % 0.01), X),
    "where": (lambda x: wg.sum(wg.where(x < 0.0, x, -2.0 * x)), X),
}


@pytest.mark.parametrize(("f", "x"), NEAR_KINKS.values(), ids=NEAR_KINKS)
def test_near_a_kink_numeric_takes_steps_that_do_not_pass_it(f, x):
    report = wg.check(f, x, points=8, compiled=False)
    assert report, report
    assert {r.compared > 4 for r in report.rows if r.method == "numeric"} == {True}, report


def test_a_wrong_rule_is_found_near_kinks():
    undo = wrong("maximum", "vjp", lambda old: lambda g, out, x, y: (lambda: 0.5 * g, lambda: 0.5 * g))
    try:
        report = wg.check(NEAR_KINKS["relu"][0], X, points=3, compiled=False)
    finally:
        undo()
    assert report.blame.primitive == "maximum"


def test_every_kind_of_kink_has_a_documented_convention():
    """docs/derivatives.md, whose sessions are run."""
    page = (Path(__file__).parents[2] / "docs/derivatives.md").read_text(encoding="utf-8")
    table = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", table)) == set(EDGES)


def test_the_report_is_a_table():
    report = wg.check(lambda x: wg.sum(x * x), np.ones(3), points=4, compiled=False)
    lines = str(report).splitlines()
    assert lines[0] == "<lambda>: all methods agree"
    assert lines[1].split() == ["order", "method", "right", "worst"]
    assert [line.split()[:3] for line in lines[2:5]] == [
        ["1", "forward", "4/4"],
        ["1", "symbolic", "4/4"],
        ["1", "numeric", "4/4"],
    ]
    assert isinstance(report, Report)


def test_what_is_left_out_is_said():
    report = wg.check(lambda x: wg.sum(wg.log(x)), np.array([-1.0, 1.0]), points=3, compiled=False)
    assert not report
    assert "nothing was compared" in str(report)
    assert "left out: points outside of the domain (3x)" in str(report)
    integers = wg.check(lambda x: x + 1, np.array([1, 2]), compiled=False)
    assert "nothing to differentiate" in str(integers)


def test_a_wrong_rule_of_the_user_is_named():
    @wg.custom_gradient(check=False)
    def cube(x):
        return x * x * x, lambda g: 2.0 * x * x * g

    report = wg.check(lambda x: wg.sum(cube(x) * x), np.array([1.0, 2.0]), points=2, compiled=False)
    assert "at fault: custom: its jvp rule is wrong" in str(report)


def test_checkpoints_and_own_rules_agree():
    @wg.custom_gradient
    def cube(x):
        return x * x * x, lambda g: 3.0 * x * x * g

    report = wg.check(
        lambda x: wg.checkpoint(wg.sin)(cube(x)), np.array([0.5, 0.7]), points=2, compiled=False
    )
    assert report, report
