"""What tensors are asked for by a method, by NumPy, or by Python itself."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError, TraceError, UsageError

X = wg.Tensor([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    "ask", [lambda x: x.reshape(4, 1), lambda x: x.reshape((4, 1)), lambda x: x.reshape(-1, 1)]
)
def test_reshape_takes_lengths_or_a_shape(ask):
    assert ask(X).shape == (4, 1)


@pytest.mark.parametrize(
    "ask", [lambda x: x.transpose(), lambda x: x.transpose(1, 0), lambda x: x.transpose((1, 0))]
)
def test_transpose_takes_axes_or_a_permutation(ask):
    np.testing.assert_array_equal(ask(X).numpy(), X.numpy().T)


@pytest.mark.parametrize("kind", [wg.Tensor, wg.Variable])
def test_one_element_is_a_number(kind):
    x = kind([2.5])
    assert (float(x), int(x), bool(x), x.item(), f"{x:.2f}", len(x)) == (2.5, 2, True, 2.5, "2.50", 1)
    assert not bool(kind(0.0))


@pytest.mark.parametrize("ask", [float, int, bool, lambda x: x.item(), lambda x: f"{x:.2f}"])
@pytest.mark.parametrize("kind", [wg.Tensor, wg.Variable])
def test_several_elements_are_no_number(kind, ask):
    with pytest.raises(ShapeError, match=r"one element; got f32\[2\]"):
        ask(kind([1.0, 2.0]))


@pytest.mark.parametrize(
    "ask",
    [float, int, bool, iter, np.asarray, lambda x: x.item(), lambda x: x.numpy(), lambda x: f"{x:.2f}"],
)
def test_what_is_recorded_has_no_number(ask):
    with pytest.raises(TraceError, match=r"got exp: f32\[\] of test_methods.py"):
        wg.function(lambda x: ask(wg.exp(x)))(1.0)


@pytest.mark.parametrize("kind", [wg.Tensor, wg.Variable])
def test_arithmetic_of_an_array_and_a_tensor_is_a_tensor(kind):
    a, x = np.array([4.0, 9.0], "f"), kind([2.0, 3.0])
    for f in (np.add, np.subtract, np.divide, np.power, np.less, np.greater_equal, np.equal, np.matmul):
        got = f(a, x)
        assert isinstance(got, wg.Tensor)
        np.testing.assert_array_equal(got.numpy(), f(a, x.numpy()))


def test_functions_of_numpy_name_ours():
    with pytest.raises(UsageError, match=r"np.exp: .* got f32\[2,2\]. Use wg.exp"):
        np.exp(X)
    with pytest.raises(UsageError, match="np.exp"):
        wg.function(lambda x: np.exp(x))(X)


@pytest.mark.parametrize("key", ["a", 1.5, (0, "b")])
def test_a_key_is_made_of_integers(key):
    with pytest.raises(DTypeError, match=r"index: a key must be made of ints, .* for f32"):
        X[key]


def test_functions_of_numpy_take_tensors_as_arrays():
    assert np.sum(X) == 10
    assert np.argmax(X, axis=-1).tolist() == [1, 1]
    np.testing.assert_array_equal(np.stack([X, X * 2]), np.stack([X.numpy(), X.numpy() * 2]))
    assert np.allclose(X, X.numpy())


def test_functions_of_numpy_lose_no_gradient():
    with pytest.raises(UsageError, match="np.sum: would lose the gradient"):
        wg.grad(lambda x: np.sum(x * x))(X)
    with pytest.raises(TraceError):
        wg.function(lambda x: np.sum(x))(X)
