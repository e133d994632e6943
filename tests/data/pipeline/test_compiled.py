"""Maps that are compiled for many elements at once."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import TraceError
from wengert.data import Dataset

PICTURES = np.random.default_rng(0).integers(0, 255, (50, 8, 8), dtype=np.uint8)
WEIGHTS = np.random.default_rng(1).normal(size=(64, 5)).astype("f")


@wg.function
def prepared(x, y, key):
    light = wg.astype(x, "float32") / 255 + wg.random.uniform((8, 8), seed=key)
    return {"features": wg.exp(light).reshape(-1) @ WEIGHTS, "mean": wg.mean(light), "y": y}


def batches(threads: int, size: int = 7) -> list:
    data = Dataset.from_tensor_slices((PICTURES, np.arange(50))).shuffle(20)
    return list(data.map(prepared, threads).batch(size).iterate())


def test_bits_do_not_depend_on_chunks_or_threads():
    whole = batches(0, 50)[0]
    for threads, size in ((0, 7), (2, 7), (3, 1)):
        found = batches(threads, size)
        for name in whole:
            np.testing.assert_array_equal(np.concatenate([b[name] for b in found]), whole[name])


def test_elements_are_those_of_calling_the_function():
    data = Dataset.from_tensor_slices((PICTURES, np.arange(50)))
    keys = [k for (k,) in Dataset.range(50).map(lambda x, key: (key,)).iterate()]
    for k, found in zip(keys, data.map(prepared).iterate(), strict=True):
        expected = prepared(PICTURES[int(found["y"])], np.int64(found["y"]), key=k)
        np.testing.assert_array_equal(found["features"], expected["features"])


def test_one_program_serves_every_length():
    data = Dataset.from_tensor_slices(PICTURES).map(wg.function(lambda x: x + 1))
    for size in (3, 5, 50):
        assert sum(len(b) for b in data.batch(size)) == 50
    assert len(data._node.programs) == 1


def test_an_error_is_at_its_element():
    ragged = Dataset.range(4).map(lambda n: np.ones((2, 3 if n != 2 else 4), "f"))
    iterator = ragged.map(wg.function(lambda x: x @ np.ones((3, 2), "f")), 1).iterate()
    found = []
    for _ in range(4):
        try:
            found.append(next(iterator).shape)
        except ValueError as error:
            found.append(error.__notes__[-1])
    assert found == [(2, 2), (2, 2), "in map(<lambda>), element 2", (2, 2)]


def test_a_function_that_cannot_be_recorded_says_so():
    with pytest.raises(TraceError):
        next(Dataset.range(3).map(wg.function(lambda x: x if x > 1 else -x)).iterate())
