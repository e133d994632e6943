"""Functions that move elements: what they give beside the reference, on any shape; compiled too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import wengert as wg
from tests.array_api.strategies import (
    REAL,
    arrays,
    axes,
    broadcastable,
    check,
    dtypes,
    examples,
    same,
    shapes,
    tensor,
)

SOME = shapes(min_dims=1)


@examples(2)
@given(st.data(), SOME, dtypes())
def test_concat(data, shape, dtype):
    axis = data.draw(axes(len(shape)))
    lengths = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    parts = [
        data.draw(arrays(dtype, tuple(n if a == axis % len(shape) else m for a, m in enumerate(shape))))
        for n in lengths
    ]
    check("concat", parts, axis=axis)
    check("concat", parts, axis=None)


@examples(2)
@given(st.data(), shapes(), dtypes(), st.integers(1, 3))
def test_stack_and_unstack(data, shape, dtype, count):
    axis = data.draw(axes(len(shape) + 1))
    parts = [data.draw(arrays(dtype, shape)) for _ in range(count)]
    check("stack", parts, axis=axis)
    same(list(wg.unstack(wg.stack(tensor(parts), axis=axis), axis=axis)), parts)


@examples(2)
@given(st.data(), arrays())
def test_permute_dims(data, x):
    check("permute_dims", x, tuple(data.draw(st.permutations(range(x.ndim)))))


@examples(2)
@given(st.data(), arrays(shape=shapes(min_dims=2)))
def test_moveaxis(data, x):
    count = data.draw(st.integers(1, x.ndim))
    source, target = (tuple(data.draw(st.permutations(range(x.ndim)))[:count]) for _ in range(2))
    check("moveaxis", x, source, target)
    check("moveaxis", x, source[0], target[0] - x.ndim)
    check("matrix_transpose", x)


@examples(2)
@given(st.data(), arrays(shape=SOME))
def test_flip(data, x):
    check("flip", x, axis=data.draw(axes(x.ndim, several=True)))


@examples(3)
@given(st.data(), arrays(shape=SOME), st.integers(-9, 9))
def test_roll(data, x, shift):
    check("roll", x, shift, axis=data.draw(axes(x.ndim) | st.none()))
    both = tuple(data.draw(st.lists(st.tuples(axes(x.ndim), st.integers(-5, 5)), min_size=1, max_size=3)))
    check("roll", x, tuple(by for _, by in both), axis=tuple(a for a, _ in both))


@examples(2)
@given(st.data(), arrays())
def test_expand_dims_and_squeeze(data, x):
    axis = data.draw(axes(x.ndim + 1))
    check("expand_dims", x, axis)
    check("squeeze", np.expand_dims(x, axis), axis)


@pytest.mark.parametrize(
    "name", ["expand_dims", "squeeze", "flip", "sort", "cumulative_sum", "sum", "argmax"]
)
@pytest.mark.parametrize("axis", [-4, 3])
def test_an_axis_that_is_not_there_is_an_index_error(name, axis):
    with pytest.raises(IndexError, match=rf"{name}: axis must be in .*; got {axis}"):
        getattr(wg, name)(wg.ones((1, 1)), axis=axis)


@examples(3)
@given(st.data(), arrays())
def test_reshape(data, x):
    shape = data.draw(
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=6) if x.size else st.just((0, 2))
    )
    if np.prod(shape) == x.size:
        check("reshape", x, shape)
    check("reshape", x, x.shape[::-1], copy=True)
    check("reshape", x, (-1,))
    if x.size:
        check("reshape", x, (1, -1, x.shape[0] if x.ndim else 1))


@examples(2)
@given(broadcastable(3), dtypes(), dtypes())
def test_broadcast(shapes, one, other):
    xs = [np.ones(s, d) for s, d in zip(shapes, (one, other, one), strict=True)]
    same(list(wg.broadcast_arrays(*tensor(xs))), np.broadcast_arrays(*xs))
    check("broadcast_to", xs[0], np.broadcast_shapes(*shapes))


@examples(2)
@given(st.data(), arrays(shape=SOME))
def test_repeat(data, x):
    axis = data.draw(axes(x.ndim) | st.none())
    length = x.size if axis is None else x.shape[axis]
    check("repeat", x, data.draw(st.integers(0, 3)), axis=axis)
    check("repeat", x, data.draw(arrays("int64", (length,), low=0, high=3)), axis=axis)


@examples(2)
@given(arrays(), st.lists(st.integers(0, 3), max_size=4).map(tuple))
def test_tile(x, repetitions):
    check("tile", x, repetitions)


@examples(2)
@given(st.data(), arrays(REAL, shape=SOME), st.integers(0, 3))
def test_diff(data, x, n):
    axis = data.draw(axes(x.ndim))
    check("diff", x, axis=axis, n=n)
    ends = [data.draw(arrays(x.dtype.name, x.shape)) for _ in range(2)]
    got = wg.diff(tensor(x), axis=axis, prepend=tensor(ends[0]), append=tensor(ends[1]))
    same(got, np.diff(x, axis=axis, prepend=ends[0], append=ends[1]))


X = np.arange(24, dtype="float32").reshape(2, 3, 4)
CALLS = {
    "concat": (([X, X + 1],), {"axis": 1}),
    "stack": (([X, X + 1],), {"axis": -1}),
    "unstack": ((X,), {"axis": 1}),
    "permute_dims": ((X, (2, 0, 1)), {}),
    "moveaxis": ((X, 0, 2), {}),
    "flip": ((X,), {"axis": (0, 2)}),
    "roll": ((X, (2, -1)), {"axis": (0, 2)}),
    "expand_dims": ((X, 1), {}),
    "squeeze": ((X[:1], 0), {}),
    "reshape": ((X, (4, -1)), {}),
    "broadcast_to": ((X, (5, 2, 3, 4)), {}),
    "broadcast_arrays": ((X, X[0]), {}),
    "repeat": ((X, 2), {"axis": 1}),
    "tile": ((X, (2, 1)), {}),
    "diff": ((X,), {"axis": 1, "n": 2}),
    "meshgrid": ((X[0, 0], X[0, 1]), {}),
    "matrix_transpose": ((X,), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_compiled(name):
    args, kwargs = CALLS[name]
    check(name, *args, compiled=True, **kwargs)
