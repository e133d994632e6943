"""InputSpec: what a layer of a user takes, and what the error says."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ArgumentError, DTypeError, ShapeError, ValueRangeError
from wengert.nn.input_spec import InputSpec


class Taking(wg.layers.Layer):
    def __init__(self, spec):
        super().__init__(name="taking")
        self.input_spec = spec

    def call(self, x):
        return wg.zeros((1,))


def ones(*shape, dtype="float32"):
    return np.ones(shape, dtype)


@pytest.mark.parametrize(
    ("spec", "fits", "wrong", "said"),
    [
        ({"ndim": 2}, ones(2, 3), ones(3), r"input 0 must have ndim=2 axes; got f32\[3\]"),
        ({"min_ndim": 2}, ones(2, 3, 4), ones(3), "min_ndim=2"),
        ({"max_ndim": 2}, ones(2), ones(2, 3, 4), "max_ndim=2"),
        ({"axes": {-1: 3}}, ones(2, 3), ones(2, 4), r"length 3 along axis -1; got f32\[2,4\]"),
        ({"axes": {1: None}}, ones(2, 3), None, ""),
        ({"shape": (None, 3)}, ones(2, 3), ones(2, 4), r"the shape \(None, 3\)"),
        ({"shape": (None, 3)}, ones(2, 3), ones(2, 3, 1), "ndim=2"),
        ({"shape": (None, 3, 1), "allow_last_axis_squeeze": True}, ones(2, 3), ones(2, 4), r"\(None, 3, 1\)"),
    ],
)
def test_shapes_must_fit(spec, fits, wrong, said):
    layer = Taking(InputSpec(**spec))
    layer(fits)
    if wrong is not None:
        with pytest.raises(ShapeError, match=f"Taking 'taking': .*{said}"):
            layer(wrong)


def test_dtypes_must_fit():
    with pytest.raises(DTypeError, match=r"must be of dtype int32; got f32\[2\]"):
        Taking(InputSpec(dtype="int32"))(ones(2))


def test_symbols_are_checked_and_unknown_lengths_fit():
    layer = Taking(InputSpec(shape=(4, 3)))
    layer(wg.Input((3,)))
    with pytest.raises(ShapeError, match=r"the shape \(4, 3\); got f32\[batch,5\]"):
        layer(wg.Input((5,)))


def test_several_inputs_have_a_spec_each():
    layer = Taking([InputSpec(ndim=1), InputSpec(ndim=2)])
    layer([ones(2), ones(2, 3)])
    with pytest.raises(ShapeError, match="input 1 must have ndim=2"):
        layer([ones(2), ones(2)])
    with pytest.raises(ShapeError, match="there must be 2 inputs; got 1"):
        layer([ones(2)])


def test_inputs_in_a_dict_are_found_by_name():
    layer = Taking([InputSpec(ndim=2, name="b"), InputSpec(ndim=1, name="a")])
    layer({"a": ones(2), "b": ones(2, 3)})
    with pytest.raises(ShapeError, match="input 'b' must have ndim=2"):
        layer({"a": ones(2), "b": ones(2)})
    with pytest.raises(ShapeError, match=r"the keys \['b', 'a'\]; got \['a', 'c'\], without 'b'"):
        layer({"a": ones(2), "c": ones(2)})


def test_an_optional_input_may_be_none():
    Taking([InputSpec(ndim=1), InputSpec(ndim=1, optional=True)])([ones(2), None])
    with pytest.raises(ArgumentError, match="input 1 must be a tensor; got None"):
        Taking([InputSpec(ndim=1), InputSpec(ndim=1)])([ones(2), None])


def test_a_spec_is_described_and_printed():
    spec = InputSpec(shape=(None, 3), axes={1: 3})
    assert InputSpec.from_config(spec.get_config()).get_config() == spec.get_config()
    assert repr(spec) == "InputSpec(shape=(None, 3), ndim=2, axes={1: 3})"


def test_axes_must_be_there():
    with pytest.raises(ValueRangeError, match="axes must be less than 2, the rank; got 2"):
        InputSpec(ndim=2, axes={2: 3})
    with pytest.raises(ArgumentError, match="a dict of axis: length"):
        InputSpec(axes=[3])
