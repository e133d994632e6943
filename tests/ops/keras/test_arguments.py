"""Arguments of `wg.ops`: by Keras's names and places, and what is said of wrong ones."""

import inspect

import numpy as np
import pytest

import wengert as wg
from wengert import ops
from wengert.ops.keras.arguments import with_arguments_of_keras

ONES = wg.ones((2, 3))


def test_an_argument_goes_by_name_as_by_place():
    np.testing.assert_array_equal(ops.add(x1=ONES, x2=2.0), ops.add(ONES, 2.0))
    np.testing.assert_array_equal(ops.reshape(x=ONES, newshape=(3, 2)), ops.reshape(ONES, (3, 2)))
    np.testing.assert_array_equal(ops.eye(N=2, M=3, k=1), ops.eye(2, 3, 1))


def test_what_wengert_takes_by_name_only_has_its_place():
    assert ops.argmax(ONES, 1, True).shape == (2, 1)
    assert ops.std(ONES, 0, True).shape == (1, 3)
    upper = ops.cholesky(wg.Tensor([[4.0, 2.0], [2.0, 2.0]]), True)
    assert upper.tolist() == [[2.0, 1.0], [0.0, 1.0]]


def test_arguments_may_come_in_another_order():
    def f(a, b, c=3, *, d=4):
        return a, b, c, d

    g = with_arguments_of_keras("f", f)
    assert g is f  # there is nothing to rename
    assert ops.categorical_crossentropy(wg.eye(2), wg.ones((2, 2)), False, 0).tolist() == pytest.approx(
        [0.6931472] * 2
    )


def test_help_shows_the_names_of_keras():
    assert list(inspect.signature(ops.concatenate).parameters) == ["xs", "axis"]
    assert ops.concatenate.__doc__ == wg.concatenate.__doc__


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.add(x1=1.0), r"add: x2 must be given; got x1\."),
        (
            lambda: ops.concatenate([ONES], axes=0),
            r"concatenate: arguments must be among xs, axis; got axes=0\. Did",
        ),
        (lambda: ops.add(ONES, wg.ones(4)), r"add: shapes must agree from the right"),
        (lambda: ops.rearrange(ONES, "a b c -> a"), r"both sides must name the same axes"),
        (lambda: ops.rearrange(ONES, "a -> a"), r"must name the 2 axes of f32\[2,3\]"),
        (lambda: ops.rearrange(ONES, "a (b c) -> a b c"), r"must multiply to 3, at most one of them unknown"),
        (lambda: ops.rearrange(ONES, "a (b c) -> a b c", b=2), r"must multiply to 3"),
        (lambda: ops.rearrange(ONES, "a b"), r"the pattern must be 'axes -> axes'"),
        (lambda: ops.rearrange(ONES, "a b? -> a b"), r"a side must be names"),
        (lambda: ops.quantile(ONES, 0.5, method="mean"), r"method must be one of linear, lower.*got 'mean'"),
        (
            lambda: ops.scatter_update(ONES, [[0, 0]], [1.0], "div"),
            r"reduction must be None, 'add'.*got 'div'",
        ),
        (lambda: ops.one_hot([1], 2, sparse=True), r"sparse must be False"),
        (lambda: ops.bincount([1], sparse=True), r"sparse must be False"),
        (lambda: ops.bincount([1.5]), r"x must be integers"),
        (lambda: ops.unique(ONES, axis=0, size=2), r"axis and size must not both be given"),
        (lambda: ops.unique(ONES, size=0), r"size must be an int > 0; got 0"),
        (lambda: ops.multi_hot([1]), r"num_classes must be given"),
        (lambda: ops.cross(wg.ones(4), wg.ones(3)), r"vectors must be 2 or 3 long; got 4 and 3"),
        (lambda: ops.dsplit(ONES, 1), r"dsplit: x must have an axis 2; got f32\[2,3\]"),
        (lambda: ops.array_split(ONES, 0), r"there must be one piece or more; got 0"),
        (lambda: ops.rot90(ONES, axes=(1, 1)), r"axes must be two different ones"),
        (lambda: ops.fliplr(wg.ones(2)), r"fliplr: x must have 2 axes or more"),
        (lambda: ops.diag(wg.ones((1, 1, 1))), r"x must be a vector or a matrix"),
        (lambda: ops.vander(ONES), r"x must be a vector"),
        (lambda: ops.corrcoef(wg.ones((1, 1, 1))), r"x must have one row a variable"),
        (lambda: ops.correlate(ONES, wg.ones(2)), r"both must be vectors"),
        (lambda: ops.correlate(wg.ones(2), wg.ones(2), "all"), r"mode must be 'valid', 'full' or 'same'"),
        (lambda: ops.argpartition(ONES, 3), r"kth must be in -3\.\.2"),
        (lambda: ops.gcd(1.5, 2), r"gcd: x1 must be integers"),
        (lambda: ops.vectorize(3), r"pyfunc must be a function"),
        (
            lambda: ops.vectorize(ops.dot, signature="(n)->()")(ONES, ONES),
            r"the signature must name 2 arguments",
        ),
        (
            lambda: ops.associative_scan(lambda a, b: a, (ONES, wg.ones(3))),
            r"all must be of one length along axis 0",
        ),
    ],
)
def test_what_is_wrong_is_said_at_the_line_of_the_user(call, message):
    with pytest.raises(wg.errors.WengertError, match=message) as caught:
        call()
    assert "test_arguments.py" in str(caught.value) or "must be given" in str(caught.value)
