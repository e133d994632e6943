"""Compiled programs touch no byte beside their arrays: those here lie between pages that end the process."""

import ctypes
import mmap
import re
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import IndexRangeError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs mprotect")

_PAGE = mmap.PAGESIZE
_LIBC = ctypes.CDLL(None, use_errno=True)


def guarded(array: np.ndarray, at_end: bool) -> np.ndarray:
    """A copy that begins, or ends, at a page which may be neither read nor written; one lies at the far side, too."""
    size = -(-array.nbytes // _PAGE) * _PAGE
    memory = mmap.mmap(-1, size + 2 * _PAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for page in (address, address + _PAGE + size):
        assert _LIBC.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(_PAGE), 0) == 0
    start = _PAGE + (size - array.nbytes if at_end else 0)
    new = np.frombuffer(memory, array.dtype, array.size, start).reshape(array.shape)
    new[...] = array
    return new


class Case(NamedTuple):
    """A function of a table and of indices into one of its axes."""

    of: Callable
    axis: int = 0
    along: bool = False  # the indices have the table's rank: one for each element
    negative: bool = True  # they may count from the end


def gradient(f):
    return wg.value_and_grad(lambda x, ids: wg.sum(wg.tanh(f(x, ids))))


def cross_entropy(from_logits):
    loss = wg.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    return lambda x, ids: loss(ids, x)


CASES = {
    "take": Case(lambda x, ids: wg.take(x, ids, axis=0)),
    "take of axis 1": Case(lambda x, ids: wg.take(x, ids, axis=1), axis=1),
    "getitem": Case(lambda x, ids: x[ids] * 2.0),
    "gradient of take": Case(gradient(lambda x, ids: wg.take(x, ids, axis=0))),
    "gradient along axis 1": Case(gradient(lambda x, ids: wg.take(x, ids, axis=1)), axis=1),
    "getitem of two axes": Case(lambda x, ids: x[ids, ids * 0], 0),
    "at set": Case(lambda x, ids: x.at[ids].set(2.0)),
    "at add to axis 1": Case(lambda x, ids: x.at[:, ids].add(2.0), axis=1),
    "gradient of at multiply": Case(gradient(lambda x, ids: x.at[ids].multiply(0.5))),
    "segment_sum": Case(
        lambda x, ids: wg.segment_sum(x[0, 0] + wg.astype(ids, "float32"), ids, x.shape[0]), negative=False
    ),
    "take_along_axis": Case(wg.take_along_axis, axis=1, along=True),
    "gradient of take_along_axis": Case(gradient(wg.take_along_axis), 1, True),
    "labels": Case(gradient(cross_entropy(True)), axis=1, negative=False),
    "labels of probabilities": Case(gradient(cross_entropy(False)), axis=1, negative=False),
}


@pytest.fixture(scope="module", params=CASES, ids=lambda name: name.replace(" ", "_"))
def case(request):
    """A case, compiled for any lengths; indices of one rank and of two, wide and narrow."""
    found = CASES[request.param]
    labels = request.param.startswith("labels")
    rank = "n,m" if found.along else "n" if labels else "k"
    functions = {
        dtype: wg.function(found.of, signature=("f32[n,m]", f"{short}[{rank}]"))
        for dtype, short in (("int32", "i32"), ("int64", "i64"))
    }
    return found, labels, functions


def arguments(rng, found, labels, dtype):
    """A table and indices that fit, in memory beside guard pages."""
    rows, columns = rng.integers(1, 40, 2)
    size = (rows, columns)[found.axis]
    shape = (rows, columns) if found.along else (rows,) if labels else (rng.integers(1, 70),)
    ids = rng.integers(-size if found.negative else 0, size, shape).astype(dtype)
    at_end = bool(rng.integers(2))
    return guarded(rng.random((rows, columns), np.float32) + 0.1, at_end), guarded(ids, at_end), int(size)


def test_every_index_beyond_its_axis_is_refused_by_name(case, effort, rng):
    found, labels, functions = case
    for trial in range(56 * effort):
        dtype = ("int32", "int64")[trial % 2]
        x, ids, size = arguments(rng, found, labels, dtype)
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
        low = -size if found.negative else 0
        wrong = [size, size + 1, low - 1, low - 2, most, least, most // 2, size + 2**31 - 100]
        wrong += [2**32, -(2**32), 2**62] if dtype == "int64" else []
        ids.flat[rng.integers(ids.size)] = bad = int(rng.choice([w for w in wrong if least <= w <= most]))
        with pytest.raises(IndexRangeError) as error:
            functions[dtype](x, ids)
        told = re.search(
            rf"(\w+): every index must lie in .*\b{size - 1}\b.* got index (-?\d+)", str(error.value)
        )
        assert told, str(error.value)
        assert int(told[2]) == bad, str(error.value)


def test_nothing_beside_the_arrays_is_touched(case, effort, rng):
    """Not even by vectors that reach over an end."""
    found, labels, functions = case
    plain = wg.function(found.of, compiled=False)
    for trial in range(20 * effort):
        dtype = ("int32", "int64")[trial % 2]
        x, ids, _ = arguments(rng, found, labels, dtype)
        for got, want in zip(leaves(functions[dtype](x, ids)), leaves(plain(x, ids)), strict=True):
            np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-6)


def leaves(x):
    return list(x) if isinstance(x, tuple | list) else [x]


def test_a_table_that_a_step_updates_in_place_is_left_as_it_was(effort, rng):
    """The embedding's rows are state of the program: gathered, and scattered to, beside a guard page."""
    for _ in range(2 * effort):
        v = wg.Variable(rng.random((9, 5), np.float32))
        v.storage.array = guarded(v.array, True)

        @wg.function(signature=("i64[n]",))
        def step(ids, v=v):
            value, grad = wg.value_and_grad(lambda table: wg.sum(wg.take(table, ids, axis=0) ** 2.0))(v.value)
            v.assign(v - 0.1 * grad)
            return value

        for bad in (9, -10, 2**40, -(2**63)):
            before = v.numpy()
            with pytest.raises(IndexRangeError, match=r"must lie in -9\.\.8"):
                step(guarded(np.array([0, 8, bad, 3]), True))
            np.testing.assert_array_equal(v.numpy(), before)
            step(guarded(np.arange(9), True))
            assert not np.array_equal(v.numpy(), before)
