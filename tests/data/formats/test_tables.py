"""Parquet, Arrow and Hugging Face: rows as they were put in, block by block, only the columns asked for."""

from pathlib import Path

import numpy as np
import pytest

from tests.data.formats.files import check_positions, equal, write
from wengert.base.errors import ArgumentError, FormatError, ValueRangeError
from wengert.data.formats import Arrow, Parquet, from_huggingface, tables

pa = pytest.importorskip("pyarrow")


@pytest.fixture
def table():
    return pa.table(
        {
            "n": pa.array(range(10), pa.int32()),
            "x": pa.array([0.5, None] * 5),
            "word": ["a", None, "c", "d", "e"] * 2,
            "pair": pa.array([[k, -k] for k in range(10)], pa.list_(pa.int64(), 2)),
            "kind": pa.array(["p", "q"] * 5).dictionary_encode(),
        }
    )


def parquet(path, table, **options):
    import pyarrow.parquet as pq

    pq.write_table(table, path, row_group_size=4, **options)
    return path


def arrow(path, table, new):
    with new(path, table.schema) as file:
        for batch in table.to_batches(max_chunksize=4):
            file.write_batch(batch)
    return path


def rows_of(table) -> list[dict]:
    return [
        {**row, "x": np.nan if row["x"] is None else row["x"], "pair": np.array(row["pair"])}
        for row in table.to_pylist()
    ]


@pytest.fixture(params=["parquet", "file", "stream"])
def records(request, tmp_path, table):
    if request.param == "parquet":
        return Parquet(parquet(tmp_path / "a", table))
    new = pa.ipc.new_file if request.param == "file" else pa.ipc.new_stream
    return Arrow(arrow(tmp_path / "a", table, new))


def test_rows_come_back(records, table):
    assert equal(list(records), rows_of(table))
    check_positions(records)


def test_large_parts_come_in_blocks(records, table, monkeypatch):
    monkeypatch.setattr(tables, "ROWS", 3)
    assert [block.length for block in records.blocks()] == [3, 1, 3, 1, 2]
    assert equal(list(records), rows_of(table))
    check_positions(records)


def test_only_the_columns_asked_for(records, table):
    some = type(records)(records.paths, columns=["word", "n"])
    assert list(some)[0] == {"word": "a", "n": 0}
    with pytest.raises(ValueRangeError, match=r"columns must be among n, x, word.*; got 'z'"):
        list(type(records)(records.paths, columns=["z"]))


@pytest.mark.parametrize("cut", [0, 5, 200, -3])
def test_files_cut_short_are_named(records, cut):
    path = Path(records.files[0])
    write(path, path.read_bytes()[:cut])
    with pytest.raises(FormatError, match=rf"{records.operation}: .*a, .*byte \d+: must be a whole file"):
        list(records)


def test_a_page_with_a_wrong_sum_is_named(tmp_path):
    table = pa.table({"x": np.arange(1000.0)})
    path = parquet(tmp_path / "a", table, write_page_checksum=True, compression=None, use_dictionary=False)
    data = bytearray(path.read_bytes())
    data[data.index(np.float64(2).tobytes())] ^= 1
    with pytest.raises(FormatError, match=r"row group 0, byte \d+: .*CRC"):
        list(Parquet(write(path, bytes(data))))


def test_hugging_face():
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict({"n": [1, 2, 3], "word": ["a", "b", "c"]})
    records = from_huggingface(data)
    assert list(records)[1] == {"n": 2, "word": "b"}
    assert equal(records.gather([2, 0]), {"n": np.array([3, 1]), "word": ["c", "a"]})
    check_positions(records)
    check_positions(from_huggingface(data.to_iterable_dataset()))
    with pytest.raises(ArgumentError, match=r"must be one split; got train\. Try dataset\['train'\]"):
        from_huggingface(datasets.DatasetDict({"train": data}))
    with pytest.raises(ArgumentError, match=r"must be a datasets\.Dataset or IterableDataset; got int"):
        from_huggingface(3)
