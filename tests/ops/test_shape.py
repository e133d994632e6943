"""Functions that move elements: NumPy's results, also for symbolic lengths."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError
from wengert.ops import joining, shape

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)

SAME = [
    ("reshape", ((4, 6),)), ("reshape", ((-1, 2),)), ("reshape", (24,)),
    ("transpose", ()), ("transpose", ((2, 0, 1),)), ("swapaxes", (0, -1)),
    ("moveaxis", (0, -1)), ("moveaxis", ((0, 1), (2, 0))), ("expand_dims", (-1,)),
    ("flip", ()), ("flip", (1,)), ("roll", (3, -1)), ("roll", (-1, 0)),
    ("tile", ((2, 1, 3),)), ("tile", (2,)), ("repeat", (3, 1)),
    ("pad", (((0, 1), (2, 0), (1, 1)),)), ("broadcast_to", ((5, 2, 3, 4),)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), SAME, ids=str)
def test_the_results_are_those_of_numpy(name, args):
    np.testing.assert_array_equal(getattr(wg, name)(wg.Tensor(X), *args), getattr(np, name)(X, *args))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_joining_and_cutting(axis):
    np.testing.assert_array_equal(joining.concatenate([X, X + 1], axis), np.concatenate([X, X + 1], axis))
    np.testing.assert_array_equal(joining.stack([X, X + 1], axis), np.stack([X, X + 1], axis))
    for cuts in ([1], [0, 1, 1], [-1], [9]):
        for got, want in zip(joining.split(X, cuts, axis), np.split(X, cuts, axis), strict=True):
            np.testing.assert_array_equal(got, want)
    assert len(joining.split(X, X.shape[axis], axis)) == X.shape[axis]


def test_squeeze_removes_axes_of_length_one_only():
    assert shape.squeeze(X[:1, :, None]).shape == (3, 4)
    assert shape.squeeze(X[:1, :, None], 2).shape == (1, 3, 4)
    with pytest.raises(
        ShapeError, match=r"squeeze: the axis must be of length 1; got axis 0 of f32\[2,3,4\]"
    ):
        shape.squeeze(X, 0)


@pytest.mark.parametrize(
    ("f", "out"),
    [
        (lambda x: shape.reshape(x, (-1, 6)), "f32[batch*2,6]"),
        (lambda x: shape.flatten(x, 1), "f32[batch,12]"),
        (lambda x: joining.tile(x, (2, 1, 1)), "f32[batch*2,3,4]"),
        (lambda x: joining.concatenate([x, x[1:]], 0), "f32[batch*2 - 1,3,4]"),
        (lambda x: joining.roll(x, 1, -1), "f32[batch,3,4]"),
    ],
)
def test_symbolic_lengths_stay_symbolic(f, out):
    recorded = wg.function(f, signature=("f32[batch,3,4]",), compiled=False)
    np.testing.assert_array_equal(recorded(X).numpy(), f(wg.Tensor(X)).numpy())
    (found,) = recorded.graph(X).out_types
    assert str(found).replace("2*batch", "batch*2") == out


@pytest.mark.parametrize("target", [(5, 5), (-1, 5), (-1, -1), (-1, 0), (2, -3)])
def test_reshape_refuses_what_does_not_hold_the_elements(target):
    with pytest.raises(ShapeError, match=r"reshape: .*f32\[2,3,4\]"):
        shape.reshape(X, target)


def test_lengths_that_are_no_ints_are_refused():
    with pytest.raises(ShapeError, match="a shape must be made of ints"):
        shape.reshape(X, (2.0, 12))


def test_arrays_that_do_not_join_are_shown():
    with pytest.raises(ShapeError, match=r"concatenate: .*f32\[2,3,4\].*f32\[2,3,3\]"):
        joining.concatenate([X, X[..., :3]], 0)
