import numpy as np
import pytest

from tests.data.pipeline.streams import plain
from wengert.base.errors import DTypeError, FormatError, UsageError
from wengert.data import Dataset
from wengert.data.pipeline.encoding import decode, encode

ELEMENT = {
    "x": np.arange(6, dtype=">f4").reshape(2, 3),
    "t": ("text", b"\0bytes", None, True, 1.5),
    "n": np.int16(3),
    "o": np.array(["a", "b"], object),
}


def counted(calls: list[int]) -> Dataset:
    return Dataset.range(10).map(lambda x: calls.append(int(x)) or x * 2)


@pytest.mark.parametrize("file", [False, True])
def test_elements_are_made_once(tmp_path, file):
    calls = []
    data = counted(calls).cache(tmp_path / "kept" if file else None)
    first = [plain(x) for x in data]
    assert [plain(x) for x in data] == first
    assert calls == list(range(10))


def test_a_file_serves_the_next_process(tmp_path):
    calls = []
    first = [plain(x) for x in counted(calls).cache(tmp_path / "kept")]
    again = counted(calls).cache(tmp_path / "kept")
    assert [plain(x) for x in again] == first
    assert calls == list(range(10))
    assert len(again) == 10


@pytest.mark.parametrize("stop", [0, 3, 9])
def test_a_pass_that_ends_early_keeps_nothing(tmp_path, stop):
    calls = []
    data = counted(calls).cache(tmp_path / "kept")
    with data.iterate() as iterator:
        for _ in range(stop):
            next(iterator)
    assert list(tmp_path.iterdir()) == []
    assert [int(x) for x in data] == list(range(0, 20, 2))


def test_a_failure_is_not_kept():
    tries = []

    def work(x):
        tries.append(x)
        if len(tries) == 2:
            raise OSError("once")
        return x

    data = Dataset.range(3).map(work).cache()
    iterator = iter(data)
    next(iterator)
    with pytest.raises(OSError, match="once"):
        next(iterator)
    assert int(next(iterator)) == 2
    assert next(iterator, None) is None
    assert [int(x) for x in data] == [0, 1, 2]


def test_a_file_of_another_data_set_is_refused(tmp_path):
    list(Dataset.range(3).cache(tmp_path / "kept"))
    with pytest.raises(UsageError, match="must hold the elements of this data set"):
        next(iter(Dataset.range(4).cache(tmp_path / "kept")))


def test_what_a_file_cannot_keep_is_refused(tmp_path):
    with pytest.raises(DTypeError, match="numbers, text and bytes; got object"):
        list(Dataset.range(3).map(lambda x: object()).cache(tmp_path / "kept"))


def test_encoding_keeps_everything():
    found = decode(memoryview(encode(ELEMENT)))
    assert plain(found) == plain(ELEMENT)
    assert type(found["t"][3]) is bool


def test_damaged_files_are_told(tmp_path, rng):
    """Any byte may be wrong, any part be missing: a FormatError, or elements; never anything else."""
    path = tmp_path / "kept"
    data = Dataset.from_generator(lambda: [ELEMENT] * 3)
    list(data.cache(path))
    whole = path.read_bytes()
    for trial in range(300):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), 1 + trial % 3):
            damaged[at] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(len(whole)) if trial % 2 else None])
        try:
            list(data.cache(path).iterate())
        except (FormatError, UsageError) as error:
            said = str(error)
            assert str(path) in said
