"""What Keras has at its top: scopes, symbols, operations; and what says where the rest is."""

import subprocess
import sys

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import FormatError, UsageError
from wengert.train.keras.elsewhere import ELSEWHERE


@pytest.mark.parametrize("name", ["cpu", "cpu:0", "CPU", "/device:CPU:0", "/cpu:0"])
def test_the_cpu_is_a_device(name):
    with wg.device(name):
        assert wg.ones(2).shape == (2,)


@pytest.mark.parametrize("name", ["gpu:0", "cpu:1", "", "tpu"])
def test_other_devices_are_refused(name):
    with pytest.raises(UsageError, match="device: must be 'cpu'"):
        wg.device(name)


def test_symbols_are_keras_tensors_and_arrays_are_not():
    x = wg.Input((3,))
    assert isinstance(x, wg.KerasTensor)
    assert isinstance(wg.relu(x), wg.KerasTensor)
    assert not isinstance(wg.Tensor([1.0]), wg.KerasTensor)


def test_a_keras_tensor_asks_for_shapes():
    x = wg.KerasTensor((None, 5, 3), "float32", name="x")
    assert x.shape == (None, 5, 3)
    layer = wg.layers.LSTM(4, return_state=True)
    assert [tuple(y.shape)[1:] for y in layer.compute_output_spec(x)] == [(4,)] * 3
    assert wg.ops.matmul(x, np.ones((3, 2), "float32")).shape == (None, 5, 2)
    with pytest.raises(UsageError, match="sparse must be False"):
        wg.KerasTensor((3,), sparse=True)


def test_an_operation_is_part_of_a_model():
    class Double(wg.Operation):
        def call(self, x):
            return x * 2

    x = wg.Input((2,))
    assert wg.Model(x, Double()(x)).predict(np.ones((1, 2), "float32")).tolist() == [[2.0, 2.0]]


def test_policies_of_other_kinds_are_refused():
    policy = wg.dtype_policies.deserialize(wg.dtype_policies.serialize(wg.DTypePolicy("float64")))
    assert policy == wg.FloatDTypePolicy("float64")
    assert wg.dtype_policies.get(wg.dtype_policies.serialize(policy)) == policy
    with pytest.raises(FormatError, match="must be of a DTypePolicy"):
        wg.dtype_policies.deserialize({"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}})


def test_a_policy_without_a_name_is_the_global_one():
    wg.config.set_dtype_policy("float64")
    try:
        assert wg.DTypePolicy().name == "float64"
    finally:
        wg.config.set_dtype_policy("float32")


def test_what_is_not_there_says_what_to_use():
    for name, said in ELSEWHERE.items():
        space, _, attribute = name.rpartition(".")
        with pytest.raises(AttributeError) as raised:
            getattr(getattr(wg, space) if space else wg, attribute)
        assert said in str(raised.value)


def test_a_typing_error_is_told_with_the_name_meant():
    with pytest.raises(AttributeError, match=r"dir\(wengert.layers\); got 'Dens'. Did you mean 'Dense'"):
        _ = wg.layers.Dens
    with pytest.raises(AttributeError, match="got 'flaten'. Did you mean 'flatten'"):
        _ = wg.tree.flaten


IMPORTS = """
import wengert.tree as tree
import wengert.preprocessing.image
from wengert.preprocessing.sequence import pad_sequences
from wengert.datasets import mnist
from wengert.wrappers import SKLearnClassifier
from wengert.dtype_policies import DTypePolicy
from wengert.utils import Progbar
from wengert import InputSpec, KerasTensor, RematScope, device, name_scope, utils
import wengert as wg
assert tree.flatten is wg.tree.flatten and utils.Progbar is Progbar and DTypePolicy is wg.DTypePolicy
assert wengert.preprocessing.image.load_img is wg.preprocessing.image.load_img
assert sorted(tree.__all__) == [n for n in dir(tree) if not n.startswith("_")]
"""


def test_late_modules_are_imported_by_their_names():
    pytest.importorskip("sklearn")
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


WITHOUT = """
import sys
sys.modules["sklearn"] = None
import wengert as wg
try:
    wg.wrappers.SKLearnClassifier
except ImportError as e:
    print(e)
"""


def test_the_extra_is_named_where_scikit_learn_is_absent():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert "needs the package scikit-learn" in done.stdout
    assert "pip install 'wengert[sklearn]'" in done.stdout
