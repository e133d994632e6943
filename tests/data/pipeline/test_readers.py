"""Every format as a data set: its records, in any number of threads, from any state on, damage told or skipped."""

import json
import wave

import numpy as np
import pytest

from tests.data.pipeline.streams import plain
from wengert.base.errors import FormatError
from wengert.data import Dataset
from wengert.data.formats import write_tfrecord

ROWS = 23


@pytest.fixture
def folder(tmp_path):
    """The same rows in files of many formats."""
    x = np.arange(ROWS, dtype="f4")
    (tmp_path / "a.txt").write_text("".join(f"line {k}\n" for k in range(ROWS)))
    (tmp_path / "a.csv").write_text("n,name\n" + "".join(f"{k},row {k}\n" for k in range(ROWS)))
    (tmp_path / "a.jsonl").write_text("".join(f'{{"n": {k}}}\n' for k in range(ROWS)))
    write_tfrecord(tmp_path / "a.tfrecord", (f"record {k}".encode() for k in range(ROWS)))
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "a.npz", x=x, y=x + 1)
    np.arange(ROWS * 3, dtype="<u2").tofile(tmp_path / "a.tokens")
    (tmp_path / "x.idx").write_bytes(b"\0\0\x08\x01" + ROWS.to_bytes(4, "big") + bytes(range(ROWS)))
    for label in "ab":
        (tmp_path / "sounds" / label).mkdir(parents=True)
        with wave.open(str(tmp_path / "sounds" / label / "s.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(np.arange(10, dtype="<i2").tobytes())
    return tmp_path


FORMATS = {
    "text_lines": (lambda f: Dataset.text_lines(f / "a.txt"), "line 3"),
    "csv": (lambda f: Dataset.csv(f / "*.csv"), {"n": ("<i8", 3), "name": "row 3"}),
    "jsonl": (lambda f: Dataset.jsonl(f / "a.jsonl"), {"n": 3}),
    "tfrecord": (lambda f: Dataset.tfrecord(f / "a.tfrecord"), b"record 3"),
    "npy": (lambda f: Dataset.npy(f / "x.npy", f / "x.npy"), (("<f4", 3.0), ("<f4", 3.0))),
    "npz": (lambda f: Dataset.npz(f / "a.npz"), {"x": ("<f4", 3.0), "y": ("<f4", 4.0)}),
    "idx": (lambda f: Dataset.idx(f / "x.idx"), ("|u1", 3)),
    "tokens": (lambda f: Dataset.tokens(f / "a.tokens", 2), (("<u2", [6, 7]), ("<u2", [7, 8]))),
}


@pytest.mark.parametrize("name", FORMATS)
def test_records_come_shuffled_in_batches_from_any_state(name, folder):
    make, fourth = FORMATS[name]
    whole = [plain(x) for x in make(folder).iterate()]
    assert whole[3] == fourth
    data = make(folder).shuffle(5).map(lambda *x: x if len(x) > 1 else x[0], 2).prefetch(3)
    found = [plain(x) for x in data.iterate()]
    assert sorted(map(str, found)) == sorted(map(str, whole))
    for k in (0, 4, len(whole) - 1, len(whole)):
        with data.iterate() as iterator:
            for _ in range(k):
                next(iterator)
            state = json.loads(json.dumps(iterator.state()))
        assert [plain(x) for x in data.iterate(state)] == found[k:]
    assert sum(len(x) for x in make(folder).batch(4).map(rows_of)) == len(whole)


def rows_of(*batch):
    first = batch[0]
    return np.zeros(len(next(iter(first.values())) if isinstance(first, dict) else first))


def test_several_files_are_read_at_once(folder):
    for k in range(5):
        (folder / f"part{k}.csv").write_text("n\n" + "".join(f"{100 * k + i}\n" for i in range(4)))
    data = Dataset.from_files(folder / "part*.csv").shuffle().interleave(Dataset.csv, 3, 2, num_threads=2)
    found = [int(x["n"]) for x in data.iterate()]
    assert sorted(found) == [100 * k + i for k in range(5) for i in range(4)]
    assert found == [int(x["n"]) for x in data.iterate()]


def test_sounds_come_with_the_class_of_their_folder(folder):
    assert [int(x["label"]) for x in Dataset.wav(folder / "sounds")] == [0, 1]


def test_pictures_come_with_the_class_of_their_folder(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for label in range(3):
        (tmp_path / str(label)).mkdir()
        for k in range(4):
            pixels = np.full((6, 5, 3), 40 * label + k, np.uint8)
            image.fromarray(pixels).save(tmp_path / str(label) / f"{k}.png")
    (batch,) = Dataset.images(tmp_path, num_threads=2).shuffle().batch(12)
    assert batch["image"].shape == (12, 6, 5, 3)
    assert (batch["image"][:, 0, 0, 0] // 40 == batch["label"]).all()


def test_a_damaged_record_is_told_in_its_place_or_skipped(folder):
    data = bytearray((folder / "a.tfrecord").read_bytes())
    data[data.index(b"record 7")] ^= 1
    (folder / "a.tfrecord").write_bytes(data)
    records = Dataset.tfrecord(folder / "a.tfrecord")
    for step in (records, records.map(lambda x: x, 2), records.prefetch(2)):
        iterator = step.iterate()
        assert [next(iterator) for _ in range(7)] == [f"record {k}".encode() for k in range(7)]
        with pytest.raises(FormatError, match=r"a\.tfrecord, byte \d+") as caught:
            next(iterator)
        assert "while reading TFRecord" in caught.value.__notes__
        assert next(iterator) == b"record 8"
    with records.skip_errors().iterate() as iterator:
        assert len(list(iterator)) == ROWS - 1
        assert sum(s.skipped for s in iterator.stats()) == 1


def test_a_record_that_cannot_be_looked_up_is_told_in_its_place(tmp_path):
    pytest.importorskip("PIL")
    for k in range(3):
        (tmp_path / f"{k}.png").write_bytes(b"no picture")
    with pytest.raises(FormatError, match=r"0\.png") as caught:
        next(Dataset.images(tmp_path).iterate())
    assert "record 0 of Images" in caught.value.__notes__


def test_data_frames_and_dicts(tmp_path):
    class Frame:
        """As much of a data frame as is needed."""

        columns = ("a", "b")

        def __getitem__(self, name):
            return Series(np.arange(4) + (name == "b"))

    class Series(np.ndarray):
        def __new__(cls, values):
            return np.asarray(values).view(cls)

        def to_numpy(self):
            return np.asarray(self)

    assert [plain(x)["b"][1] for x in Dataset.from_frame(Frame())] == [1, 2, 3, 4]


def test_rows_of_hugging_face_data_sets():
    class Rows:
        def __len__(self):
            return 3

        def __getitem__(self, k):
            return {"n": [10 * i for i in k]} if isinstance(k, list) else {"n": 10 * k}

    assert [int(x["n"]) for x in Dataset.from_huggingface(Rows())] == [0, 10, 20]
    assert next(iter(Dataset.from_huggingface(Rows()).batch(3)))["n"].tolist() == [0, 10, 20]
