"""Tensors and variables are copied, pickled, and made from the arrays and tables of other libraries."""

import array
import copy
import pickle

import numpy as np
import pytest

import wengert as wg
from wengert.base.dtypes import TABLE
from wengert.base.errors import UsageError


@pytest.mark.parametrize("dtype", sorted(TABLE))
def test_a_pickled_tensor_comes_back(dtype):
    x = wg.asarray([[0, 1], [1, 0]], dtype=dtype)
    y = pickle.loads(pickle.dumps(x))  # noqa: S301
    assert (y.dtype, y.numpy().tolist()) == (dtype, x.numpy().tolist())


def test_a_pickled_variable_comes_back():
    v = pickle.loads(pickle.dumps(wg.Variable([1.0, 2.0], name="weight", trainable=False)))  # noqa: S301
    assert (v.name, v.trainable, v.numpy().tolist()) == ("weight", False, [1, 2])


def test_a_copied_variable_is_another():
    v = wg.Variable([1.0])
    w = copy.deepcopy(v)
    w.assign([2.0])
    assert v.numpy().tolist() == [1]


def test_a_copied_tensor_keeps_its_gradient():
    assert wg.grad(lambda x: copy.deepcopy(x) * copy.copy(x))(3.0).item() == 6


class Column:
    """A column of a table that knows one protocol only."""

    def __init__(self, values, protocol):
        self.values, self.protocol = values, protocol

    def __getattr__(self, name):
        if name not in (self.protocol, "__dlpack_device__"):
            raise AttributeError(name)
        return getattr(self.values, name)


@pytest.mark.parametrize("protocol", ["__array__", "__dlpack__"])
def test_whoever_speaks_a_protocol_is_taken(protocol):
    column = Column(np.asarray([1, 2], "int32"), protocol)
    assert (wg.asarray(column).dtype, wg.asarray(column).numpy().tolist()) == ("int32", [1, 2])


def test_buffers_are_taken():
    assert wg.asarray(array.array("d", [1.5, 2.5])).numpy().tolist() == [1.5, 2.5]
    assert wg.asarray(bytearray(b"ab")).dtype == "uint8"


def test_tables_are_taken():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    assert wg.asarray(table).numpy().tolist() == [[1, 3], [2, 4]]
    assert wg.asarray(table["a"]).dtype == "float64"


def test_whoever_keeps_its_values_is_told():
    class Secret:
        def __array__(self, *_, **__):
            raise RuntimeError("it requires a gradient")

    with pytest.raises(
        UsageError, match=r"must let its values be read; got .*Secret: it requires a gradient"
    ):
        wg.asarray(Secret())


def test_what_is_made_from_an_array_keeps_its_value():
    a = np.ones(2)
    x = wg.asarray(a)
    a[0] = 5
    assert x.numpy().tolist() == [1, 1]
