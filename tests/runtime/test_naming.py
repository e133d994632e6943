"""`wg.name_scope`: whole names of variables."""

import copy

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ValueRangeError


def test_names_of_variables_begin_with_those_of_scopes():
    with wg.name_scope("a"):
        with wg.name_scope("b"):
            inner = wg.Variable(0.0, name="v")
        with wg.name_scope("b", override_parent="c/d"):
            other = wg.Variable(0.0, name="v")
        with wg.name_scope("b", override_parent=""):
            alone = wg.Variable(0.0, name="v")
    after = wg.Variable(0.0, name="v")
    assert [v.path for v in (inner, other, alone, after)] == ["a/b/v", "c/d/b/v", "b/v", "v"]


def test_names_of_layers_stay():
    with wg.name_scope("a"):
        layer = wg.layers.Dense(2, name="dense")
        layer(np.ones((1, 3), "float32"))
    assert layer.name == "dense"
    assert [v.path for v in layer.weights] == ["a/dense/kernel", "a/dense/bias"]


def test_copies_keep_their_names():
    with wg.name_scope("a"):
        v = wg.Variable(0.0, name="v")
        assert copy.deepcopy(v).path == "a/v"


@pytest.mark.parametrize("name", ["", "a/b"])
def test_a_scope_has_one_name(name):
    with (
        pytest.raises(ValueRangeError, match="name_scope: name must be a string without"),
        wg.name_scope(name),
    ):
        pass
