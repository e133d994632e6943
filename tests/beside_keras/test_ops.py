"""`wg.ops` beside `keras.ops`, in float32: arguments, values and derivatives, eagerly and compiled."""

import ast
import json

import pytest

import wengert as wg
from tests.beside_keras.near import near
from tests.beside_keras.ops_cases import CASES
from tests.beside_keras.ops_cases.case import cotangent, filled, is_float, leaves
from tests.beside_keras.ops_in_keras import signatures

pytestmark = pytest.mark.slow
EACH = pytest.mark.parametrize("ops_case", CASES)
TOLERANCE = 1e-5
CANCELS = {"lstsq": 1e-4, "pinv": 1e-4, "inv": 1e-4, "det": 3e-5, "solve": 1e-4, "cholesky_inverse": 1e-4}
"""Functions whose float32 rounding grows with the condition of a matrix."""


def as_tensors(tree):
    """Arrays as tensors, in nested lists; what is recorded stays as it is."""
    if isinstance(tree, list | tuple):
        return [as_tensors(x) for x in tree]
    return tree if hasattr(tree, "interpret") else wg.Tensor(tree)


def outputs(case, floats):
    called = case.call(wg.ops, *as_tensors(filled(list(case.arrays), iter(floats))))
    return [o for o in leaves(called) if o is not None]


@EACH
@pytest.mark.parametrize("compiled", [False, True])
def test_operation_gives_what_that_of_keras_gives(ops_case, compiled, keras_ops):
    case = CASES[ops_case]
    assert f"{ops_case}/error" not in keras_ops, keras_ops[f"{ops_case}/error"].item()
    floats = [wg.Tensor(x) for x in leaves(list(case.arrays)) if is_float(x)]

    def program(*floats):
        outs = outputs(case, floats)
        sums = [wg.sum(o * cotangent(k, o.shape)) for k, o in enumerate(outs) if o.dtype == "float32"]
        return outs, wg.gradients(sum(sums, wg.zeros(())), floats) if sums and floats else []

    outs, grads = wg.function(program)(*floats) if compiled else (outputs(case, floats), [])
    want = [v for k, v in keras_ops.items() if k.startswith(f"{ops_case}/output/")]
    tolerance = CANCELS.get(case.name, TOLERANCE)
    for got, wanted in zip(outs, want, strict=True):
        near(got, wanted, tolerance)
    wanted = [v for k, v in keras_ops.items() if k.startswith(f"{ops_case}/gradient/")]
    if compiled and wanted:
        for got, value in zip(grads, wanted, strict=True):
            near(wg.zeros(value.shape) if got is None else got, value, 10 * tolerance)


OTHERWISE = {"custom_gradient", "layer_normalization", "meshgrid", "multi_hot"}
"""Functions that take any arguments in Keras, or one by place only."""


@pytest.fixture(scope="module")
def both(keras_ops):
    theirs, ours = json.loads(keras_ops["signatures"].item()), signatures(wg.ops)
    return {name: (theirs[name], ours.get(name)) for name in theirs}


def test_every_function_is_there(both):
    assert [name for name, (_, ours) in both.items() if ours is None] == []


def test_arguments_have_the_names_places_and_defaults_of_keras(both):
    wrong = {
        name: (theirs, ours[: len(theirs)])
        for name, (theirs, ours) in both.items()
        if name not in OTHERWISE and [*map(plain, ours[: len(theirs)])] != [*map(plain, theirs)]
    }
    assert wrong == {}


def plain(argument):
    """The argument, whose default is compared as the value that it is: 4 is 4.0."""
    name, kind, default = argument
    return name, kind, default if default is None else ast.literal_eval(default)


def test_every_function_has_a_case(both):
    told = {"convert_to_numpy", "custom_gradient", "dtype", "empty", "image.elastic_transform"}
    told |= {"is_tensor", "ndim", "size", "sparsemax"}
    assert set(both) - {case.name for case in CASES.values()} == told
