"""Picking elements: NumPy's meaning of `x[...]`, and indices that are checked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

import wengert as wg
from tests.ops.keys import random_key, random_shape
from wengert.base.errors import DTypeError, IndexRangeError, ShapeError, UsageError
from wengert.ops import indexing

X = np.arange(60, dtype=np.float32).reshape(3, 4, 5)


@given(hnp.basic_indices((3, 4, 5), allow_newaxis=True, max_dims=5))
def test_getitem_is_that_of_numpy(key):
    want = X[key]
    got = indexing.getitem(X, key)
    assert got.shape == want.shape
    np.testing.assert_array_equal(got, want)


def test_thousands_of_keys_of_all_kinds_pick_what_numpy_picks(rng):
    picked = 0
    for _ in range(3000):
        shape = random_shape(rng)
        x, key = np.arange(np.prod(shape)).reshape(shape), random_key(rng, shape)
        try:
            want = x[key]
        except IndexError:
            with pytest.raises(IndexRangeError):
                indexing.getitem(x, key)
            continue
        got = np.asarray(indexing.getitem(x, key))
        assert got.shape == want.shape, (shape, key)
        np.testing.assert_array_equal(got, want, err_msg=f"{shape} {key}")
        np.testing.assert_array_equal(wg.Tensor(x)[key], want)
        picked += 1
    assert picked > 2500


@pytest.mark.parametrize("seed", range(12))
def test_keys_of_all_kinds_compiled_with_their_gradient(seed):
    rng = np.random.default_rng(seed)
    found = [(shape, random_key(rng, shape)) for shape in (random_shape(rng) for _ in range(6))]
    x = [rng.standard_normal(shape) for shape, _ in found]
    keys, kept = [k for _, k in found], [n for n, (_, k) in enumerate(found) if fits(x[n], k)]

    def f(*xs):
        return [xs[n][keys[n]] for n in kept]

    def weighted(*xs):
        return sum((wg.sum(y * weights(y.shape)) for y in f(*xs)), wg.sum(xs[0]) * 0)

    for got, n in zip(wg.function(f)(*x), kept, strict=True):
        np.testing.assert_array_equal(got, x[n][keys[n]])
    gradients = wg.function(wg.grad(weighted, argnums=tuple(range(len(x)))))(*x)
    for n, g in enumerate(gradients):
        want = np.zeros_like(x[n])
        if n in kept:
            np.add.at(want, keys[n], weights(x[n][keys[n]].shape))
        np.testing.assert_allclose(g, want, atol=1e-12)


def weights(shape):
    return np.cos(np.arange(np.prod(shape))).reshape(shape)


def fits(x, key):
    try:
        x[key]
    except IndexError:
        return False
    return True


ROWS = np.array([2, 0, -1])


@pytest.mark.parametrize("compiled", [False, True])
def test_getitem_of_a_symbolic_length(compiled):
    keys = [
        np.s_[1:], np.s_[:-1], np.s_[-1], np.s_[0], np.s_[0, ..., 2], np.s_[..., ::-2], np.s_[:, None, 1:3],
        np.s_[2:, -1], np.s_[::2], np.s_[::-1], np.s_[-1:0:-1], np.s_[ROWS], np.s_[ROWS, 1],
        np.s_[ROWS, ROWS], np.s_[:, ROWS, [0, 1, -1]], np.s_[ROWS[:, None], :, ROWS], np.s_[0, :, 0],
        np.s_[:, np.array([True, False, True, True])],
    ]  # fmt: skip
    f = wg.function(lambda x: [x[k] for k in keys], signature=("f32[batch,4,5]",), compiled=compiled)
    for n in (3, 7):
        x = np.arange(n * 20, dtype=np.float32).reshape(n, 4, 5)
        for got, k in zip(f(x), keys, strict=True):
            np.testing.assert_array_equal(got, x[k])


def test_a_slice_that_might_not_fit_a_symbolic_length_is_refused():
    with pytest.raises(ShapeError, match="for every symbolic length"):
        wg.function(lambda x: x[:5], signature=("f32[batch]",))(X[0, 0])


def test_an_array_of_indices_picks_rows():
    rows = np.array([[2, 0], [-1, 1]])
    np.testing.assert_array_equal(wg.Tensor(X)[rows].numpy(), X[rows])
    np.testing.assert_array_equal(wg.Tensor(X)[wg.Tensor(rows)].numpy(), X[rows])
    np.testing.assert_array_equal(indexing.getitem(X, (slice(None), np.array([3, 3]))), X[:, [3, 3]])


@pytest.mark.parametrize("compiled", [False, True])
def test_indices_that_are_data_are_checked_each_along_its_axis(compiled):
    f = wg.function(
        lambda x, i, j: x[i, :, j], signature=("f32[3,4,n]", "i64[k]", "i32[k]"), compiled=compiled
    )
    i, j = np.array([0, -3, 2]), np.array([4, -5, 0], np.int32)
    np.testing.assert_array_equal(f(X, i, j), X[i, :, j])
    with pytest.raises(IndexRangeError, match=r"index: .*-3\.\.2, along axis 0 of length 3; got index -4\."):
        f(X, np.array([0, -4, 2]), j)
    with pytest.raises(IndexRangeError, match=r"index: .*-5\.\.4, along axis 2 of length 5; got index 5\."):
        f(X, i, np.array([4, 5, 0], np.int32))


@pytest.mark.parametrize(
    "key", [3, -4, (0, 4), (0, 0, 0, 0), [0, 3], (0, [[1], [-5]]), np.ones((2, 4), bool), (..., ...),
            ([0, 1], [0, 1, 2]), slice(None, None, 0), np.ones((3, 4, 5, 1), bool)], ids=str,
)  # fmt: skip
def test_indices_outside_are_errors(key):
    with pytest.raises(IndexRangeError, match=r"index: .*got.*test_indexing\.py"):
        indexing.getitem(X, key)
    with pytest.raises(IndexRangeError, match=r"index: .*got.*test_indexing\.py"):
        wg.function(lambda x: x[key])(X)


@pytest.mark.parametrize(
    "key", [1.5, "a", [1.0, 2.0], np.ones(3), slice(0, 1.5), object(), 1j, ["a"]], ids=str
)
def test_what_is_no_index_is_refused(key):
    with pytest.raises(DTypeError, match="index: .*must be"):
        indexing.getitem(X, key)


def test_a_mask_that_is_not_known_is_refused_while_recording():
    with pytest.raises(UsageError, match=r"mask.*wg\.where"):
        wg.function(lambda x: x[x > 3])(X)


def test_a_mask_that_is_known_is_taken_while_recording():
    mask = X[0, 0] > 2
    np.testing.assert_array_equal(wg.function(lambda x: x[..., wg.Tensor(mask)])(X), X[..., mask])
    np.testing.assert_array_equal(wg.Tensor(X)[wg.Tensor(X) > 30], X[X > 30])


@pytest.mark.parametrize("axis", [None, 0, -1])
def test_take_counts_negative_indices_from_the_end(axis):
    np.testing.assert_array_equal(
        indexing.take(X, [[0, -1], [2, 1]], axis), np.take(X, [[0, -1], [2, 1]], axis)
    )


def test_take_along_axis_picks_at_every_place():
    order = np.argsort(-X, axis=1)
    np.testing.assert_array_equal(indexing.take_along_axis(X, order, 1), np.take_along_axis(X, order, 1))


@pytest.mark.parametrize("compiled", [False, True])
def test_an_index_out_of_range_is_found_when_the_program_runs(compiled):
    f = wg.function(
        lambda x, i: indexing.take(x, i, 0), signature=("f32[3,4,5]", "i64[n]"), compiled=compiled
    )
    assert f(X, np.array([0, -3])).shape == (2, 4, 5)
    with pytest.raises(IndexRangeError, match=r"-3\.\.2.*got index 7"):
        f(X, np.array([0, 7]))


def test_one_hot():
    labels = np.array([[2, 0], [1, 5]])
    want = (labels[..., None] == np.arange(3)).astype(np.float32)
    np.testing.assert_array_equal(indexing.one_hot(labels, 3), want)
    np.testing.assert_array_equal(indexing.one_hot(labels, 3, axis=0), np.moveaxis(want, -1, 0))
