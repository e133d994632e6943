"""Gathering gives what NumPy gives, on any number of threads, alone and ahead of another program."""

import numpy as np
import pytest

from wengert.base.dtypes import HALVES, TABLE
from wengert.runtime.function import function
from wengert.runtime.gather import Gather, can_gather
from wengert.runtime.threads import get_threads, set_threads


@pytest.fixture(params=[1, 2, 4])
def threads(request):
    before = get_threads()
    set_threads(request.param)
    yield request.param
    set_threads(before)


PLAIN = sorted(name for name in TABLE.keys() - {*HALVES, "bool"} if TABLE[name].kind != "c")


def column(dtype, shape, rng):
    """Values that every dtype holds as they are."""
    return rng.integers(0, 100, shape).astype(dtype)


def brought(columns, picks, batches):
    gather = Gather(columns, batches)
    gather.pick(picks)
    assert gather.program.run() is None


@pytest.mark.parametrize("shape", [(50,), (50, 1), (50, 7), (50, 28, 28, 1), (50, 100), (1, 3)])
def test_rows_are_those_picked(shape, threads, rng):
    x = rng.normal(size=shape).astype(np.float32)
    picks = rng.integers(0, len(x), 37)
    batch = np.full((40, *shape[1:]), -1, np.float32)
    brought([x], picks, [batch])
    np.testing.assert_array_equal(batch[:37], x[picks])
    assert (batch[37:] == -1).all()


@pytest.mark.parametrize("dtype", PLAIN)
@pytest.mark.parametrize("source", PLAIN)
def test_rows_are_converted_as_numpy_does(source, dtype, rng):
    x, picks = column(source, (20, 6), rng), rng.permutation(20)
    batch = np.empty((20, 6), dtype)
    brought([x], picks, [batch])
    np.testing.assert_array_equal(batch, x[picks].astype(dtype))


@pytest.mark.parametrize("source", ["float64", "int64", "uint64"])
def test_rounding_is_that_of_numpy(source, rng):
    x = rng.normal(size=(64, 5)) * 1e9 if source == "float64" else rng.integers(0, 2**62, (64, 5))
    x, picks, batch = x.astype(source), rng.permutation(64), np.empty((64, 5), np.float32)
    brought([x], picks, [batch])
    np.testing.assert_array_equal(batch, x[picks].astype(np.float32))


def test_columns_go_together_and_picks_change(threads, rng):
    x, y = rng.normal(size=(30, 4)), rng.integers(0, 9, 30)
    into = [np.empty((10, 4), np.float32), np.empty(10, np.int64)]
    gather = Gather([x, y], into)
    for _ in range(5):
        picks = rng.permutation(30)[: rng.integers(0, 11)]
        gather.pick(picks)
        gather.program.run()
        for got, rows in zip(into, (x, y), strict=True):
            np.testing.assert_array_equal(got[: len(picks)], rows[picks].astype(got.dtype))


@pytest.mark.parametrize("length", [10, 4000])  # the second is work for several threads
def test_a_function_finds_the_rows_that_a_program_brings_ahead_of_it(length, threads, rng):
    x = rng.normal(size=(100, length)).astype(np.float32)
    batch = np.empty((32, length), np.float32)
    gather, double = Gather([x], [batch]), function(lambda a: a * 2, signature=(f"f32[n,{length}]",))
    for _ in range(4):
        picks = rng.permutation(100)[:32]
        gather.pick(picks)
        np.testing.assert_array_equal(double.after(gather.program, batch).numpy(), x[picks] * 2)
    batch[:] = 3
    assert (double(batch).numpy() == 6).all()  # it runs once


def test_what_a_program_has_copied_is_let_go_of(rng):
    """A function that was run behind it does not keep the data."""
    import weakref

    x, batch = rng.normal(size=(10, 3)).astype(np.float32), np.empty((4, 3), np.float32)
    double = function(lambda a: a * 2, signature=("f32[n,3]",))
    gather = Gather([x], [batch])
    for _ in range(2):
        gather.pick(np.arange(4))
        double.after(gather.program, batch)
    kept = weakref.ref(x)
    del x, gather
    assert kept() is None
    assert (double(np.ones((4, 3), np.float32)).numpy() == 2).all()


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((4, 6), np.float32)[:, ::2],
        np.zeros((4, 3), np.float16),
        np.zeros((4, 3), ">f4"),
        np.zeros((4, 0), np.float32),
        np.zeros((4, 3), np.longdouble),
        np.zeros((4, 3), np.complex64),
    ],
    ids=["strided", "halves", "other order of bytes", "empty", "unknown", "complex"],
)
def test_what_it_does_not_copy_it_says_so(x):
    assert not can_gather(x, np.dtype(np.float32))
