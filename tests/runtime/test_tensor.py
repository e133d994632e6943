"""Tensor: what it is made from, what it gives back, and how it meets Python and NumPy."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.dtypes import TABLE
from wengert.base.errors import DTypeError, ShapeError


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, "float32"),
        ([1.5, 2.0], "float32"),
        (1, "int64"),
        ([[1, 2]], "int64"),
        (True, "bool"),
        (np.float64(1.5), "float64"),
        (np.ones(2, "float64"), "float64"),
        (np.ones(2, "uint8"), "uint8"),
        ([np.float32(1)], "float32"),
        ([], "float32"),
    ],
)
def test_dtypes_of_what_it_is_made_from(value, dtype):
    assert wg.Tensor(value).dtype == dtype


@pytest.mark.parametrize("dtype", sorted(TABLE))
def test_any_dtype_can_be_asked_for(dtype):
    t = wg.Tensor([0, 1], dtype)
    assert (t.dtype, t.numpy().tolist()) == (dtype, [0, 1])


@pytest.mark.parametrize(
    "bad",
    [
        "text",
        ["a"],
        [[1, 2], [3]],
        None,
        object(),
        np.array([1 + 2j], np.clongdouble),
        np.ones(2, np.longdouble),
    ],
)
def test_what_has_no_dtype_of_ours_is_refused(bad):
    with pytest.raises((DTypeError, ShapeError)):
        wg.Tensor(bad)


def test_it_keeps_its_value():
    a = np.ones(3, "f")
    t = wg.Tensor(a)
    a[0] = 9
    assert t.numpy().tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        t.numpy()[0] = 5
    assert np.asarray(t).tolist() == [1, 1, 1]


def test_results_that_are_views_keep_their_value():
    t = wg.Tensor([[1.0, 2.0], [3.0, 4.0]])
    for view in (t.T, t[0], wg.reshape(t, (4,)), wg.broadcast_to(t, (2, 2, 2)), wg.stop_gradient(t)):
        with pytest.raises(ValueError, match="read-only"):
            view.numpy()[...] = 0


def test_it_looks_like_an_array():
    t = wg.Tensor([[1.0, 2.0, 3.0]])
    assert (t.shape, t.ndim, t.size, len(t), t.dtype) == ((1, 3), 2, 3, 1, "float32")
    assert [row.shape for row in t] == [(3,)]
    assert repr(t) == "Tensor([[1., 2., 3.]], f32[1,3], cpu)"
    np.testing.assert_array_equal(np.asarray(t, "float64"), [[1.0, 2.0, 3.0]])


def test_scalars_are_numbers_to_python():
    assert float(wg.Tensor(1.5)) == 1.5
    assert int(wg.Tensor(3)) == 3
    assert [10, 20, 30][wg.Tensor(1)] == 20
    assert bool(wg.Tensor(0.0)) is False
    assert wg.Tensor(2.5).item() == 2.5


def test_many_elements_are_no_number():
    t = wg.Tensor([1.0, 2.0])
    for convert in (float, int, bool):
        with pytest.raises((TypeError, ValueError)):
            convert(t)
    with pytest.raises(TypeError):
        len(wg.Tensor(1.0))


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("t + 1", [2, 3]),
        ("1 - t", [0, -1]),
        ("t / 2", [0.5, 1]),
        ("2 ** t", [2, 4]),
        ("-t", [-1, -2]),
        ("t > 1", [0, 1]),
    ],
)
def test_operators_take_python_numbers_on_either_side(text, want):
    t = wg.Tensor([1.0, 2.0])
    got = {
        "t + 1": lambda: t + 1, "1 - t": lambda: 1 - t, "t / 2": lambda: t / 2,
        "2 ** t": lambda: 2**t, "-t": lambda: -t, "t > 1": lambda: t > 1,
    }[text]()  # fmt: skip
    assert isinstance(got, wg.Tensor)
    assert got.numpy().tolist() == want


@pytest.mark.parametrize("a", [np.ones(2, "f"), np.float32(1), 1.0])
def test_numpy_on_the_left_gives_a_tensor(a):
    got = a + wg.Tensor([1.0, 2.0])
    assert isinstance(got, wg.Tensor)
    assert got.numpy().tolist() == [2, 3]


def test_int32_with_float32_is_float32():
    assert (wg.Tensor([1], "int32") + wg.Tensor([1.0])).dtype == "float32"


def test_astype_clamps_and_makes_nan_zero():
    t = wg.Tensor([1e20, -1e20, np.nan, 2.7])
    assert t.astype("int32").numpy().tolist() == [2**31 - 1, -(2**31), 0, 2]


def test_any_memory_order_is_taken():
    a = np.arange(12.0).reshape(3, 4)
    for view in (a.T, a[:, ::2], a[::-1], np.asfortranarray(a)):
        t = wg.Tensor(view)
        np.testing.assert_array_equal(t.numpy(), view)
        np.testing.assert_array_equal((t + 0.0).numpy(), view)


def test_other_byte_orders_are_converted():
    assert wg.Tensor(np.array([1.0, 2.0], ">f4")).numpy().tolist() == [1, 2]


def test_nothing_is_remembered_without_a_tape():
    assert (wg.Tensor(1.0) + 2.0).inputs == ()
