"""Arrays made while a program is recorded: of symbolic lengths, and of lists of what is recorded."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError

X = np.arange(12, dtype="float32").reshape(3, 4)


@pytest.mark.parametrize(
    ("f", "want"),
    [
        (lambda x: wg.arange(x.shape[0]), np.arange(3)),
        (lambda x: wg.arange(1, 2 * x.shape[0], 2, dtype="float32"), np.arange(1, 6, 2, dtype="float32")),
        (lambda x: wg.arange(x.shape[0], 0, -2), np.arange(3, 0, -2)),
        (lambda x: wg.eye(x.shape[0], k=1), np.eye(3, k=1, dtype="float32")),
        (lambda x: wg.zeros((x.shape[0], 2)) + 1, np.ones((3, 2), "float32")),
        (lambda x: wg.full_like(x, 7), np.full_like(X, 7)),
        (lambda x: wg.tril(x), np.tril(X)),
        (lambda x: wg.roll(x, 4, axis=0), np.roll(X, 4, axis=0)),
        (lambda x: wg.repeat(x, 2, axis=0), np.repeat(X, 2, axis=0)),
        (lambda x: wg.cumulative_sum(x, axis=0, include_initial=True)[1:], np.cumsum(X, axis=0)),
        (lambda x: wg.cumulative_prod(x, axis=0), np.cumprod(X, axis=0)),
        (lambda x: wg.sort(x, axis=0, descending=True), X[::-1]),
        (lambda x: wg.searchsorted(x[:, 0], 4 * x[0]), np.searchsorted(X[:, 0], 4 * X[0])),
        (lambda x: wg.diff(x, axis=0), np.diff(X, axis=0)),
        (lambda x: wg.meshgrid(x[:, 0], x[0])[1], np.meshgrid(X[:, 0], X[0])[1]),
        (lambda x: wg.asarray([[x[0, 0], 1], [2.0, x[1, 1]]]), np.asarray([[0, 1], [2, 5]], "float32")),
    ],
)
def test_symbolic_lengths(f, want):
    for compiled in (False, True):
        got = wg.function(f, signature=("f32[n,4]",), compiled=compiled)(X)
        assert got.dtype == want.dtype.name
        np.testing.assert_array_equal(got.numpy(), want)


def test_numbers_that_are_no_ints_do_not_meet_symbolic_lengths():
    with pytest.raises(DTypeError, match="arange: beside a symbolic length, use ints; got 0.5, n, step 1"):
        wg.function(lambda x: wg.arange(0.5, x.shape[0]), signature=("f32[n]",))(X[0])


def test_lists_of_tensors_are_put_together():
    rows = [wg.ones(2), [3, 4.0]]
    assert wg.asarray(rows).numpy().tolist() == [[1, 1], [3, 4]]
    assert wg.grad(lambda x: wg.asarray([x * x, 1.0])[0])(3.0).item() == 6
    with pytest.raises(
        ShapeError, match=r"asarray: nested lists must have one length .* got \[2\] and \[3\]"
    ):
        wg.asarray([wg.ones(2), wg.ones(3)])
