"""The tensor store: exact, read by range, written whole or not at all, damage named; neighbours as by brute force."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.data.formats.files import check_positions, equal
from wengert.base.errors import DTypeError, FormatError, ShapeError, UsageError, ValueRangeError
from wengert.data import store as module
from wengert.data.formats import Arrow
from wengert.data.formats.tfrecord import masked_crc32c
from wengert.data.store import DTYPES, StoredTensor, TensorStore

pa = pytest.importorskip("pyarrow")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store whose chunks are small."""
    monkeypatch.setattr(module, "CHUNK_BYTES", 100)
    return TensorStore(tmp_path / "store")


@pytest.fixture
def x(rng):
    return rng.standard_normal((50, 3, 2)).astype(np.float32)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(23,), (9, 4), (7, 2, 3), (0, 4)])
def test_every_dtype_comes_back(store, rng, dtype, shape):
    x = (rng.standard_normal(shape) * 50).astype(dtype)
    stored = store.write("x", x)
    assert (stored.dtype, stored.shape) == (x.dtype, x.shape)
    np.testing.assert_array_equal(stored[:], x)
    stored.verify()


def test_parts_become_chunks_of_one_size(store, x):
    stored = store.write("x", (x[k : k + 3] for k in range(0, 50, 3)))
    assert np.diff(stored.chunks).tolist() == [4] * 12 + [2]
    np.testing.assert_array_equal(stored[:], x)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.slices(50), st.lists(st.integers(0, 49), max_size=8), st.integers(-50, 49))
def test_ranges_are_those_of_numpy(store, x, part, ks, k):
    stored = store["x"] if "x" in store else store.write("x", x)
    x = stored[:]
    np.testing.assert_array_equal(stored[part], x[part])
    np.testing.assert_array_equal(stored[ks], x[np.array(ks, int)])
    np.testing.assert_array_equal(stored[k], x[k])


def test_a_range_within_a_chunk_is_not_copied(store, x):
    part = store.write("x", x)[4:7]
    assert not part.flags.owndata
    assert not part.flags.writeable


def test_names_metadata_and_records(store, x):
    store.write("b", np.arange(50))
    store.write("a/deep.1", x, metadata={"model": "lenet", "step": 3})
    assert list(store) == ["a/deep.1", "b"]
    assert "b" in store
    assert "c" not in store
    assert store["a/deep.1"].metadata == {"model": "lenet", "step": 3}
    records = store.records("a/deep.1", "b")
    assert equal(records.record(7), {"a/deep.1": x[7], "b": 7})
    assert equal(records.gather([9, 2]), {"a/deep.1": x[[9, 2]], "b": np.array([9, 2])})
    check_positions(records)
    store.delete("b")
    with pytest.raises(UsageError, match=r"must hold 'b'; it holds a/deep\.1"):
        store["b"]


def test_others_that_read_arrow_read_it(store, x):
    store.write("x", x)
    rows = [record["row"] for record in Arrow(store.folder / "x.arrow")]
    np.testing.assert_array_equal(np.array(rows).reshape(x.shape), x)


def test_what_is_there_is_kept_until_the_new_one_is_whole(store, x):
    store.write("x", x)
    with pytest.raises(FileExistsError):
        store.write("x", x)

    def fails():
        yield x
        raise RuntimeError("reader")

    old = store["x"]
    with pytest.raises(RuntimeError, match="reader"):
        store.write("x", fails(), overwrite=True)
    assert [path.name for path in store.folder.iterdir()] == ["x.arrow"]
    store.write("x", x + 1, overwrite=True)
    np.testing.assert_array_equal(old[:], x)  # who had it open
    np.testing.assert_array_equal(store["x"][:], x + 1)


@pytest.mark.parametrize(
    ("rows", "error", "what"),
    [
        (np.float32(1), ShapeError, r"must have rows with elements; got shape \[\]"),
        (np.zeros((3, 0)), ShapeError, r"must have rows with elements; got shape \[3, 0\]"),
        ([], ShapeError, r"at least one part"),
        (np.array(["a"]), DTypeError, r"must be one of bool, .*; got <U1"),
        ([np.zeros((1, 2)), np.zeros((1, 3))], ShapeError, r"must all have shape \[2\]; got \[3\]"),
        ([np.zeros(1), np.zeros(1, int)], DTypeError, r"must all be float64; got int64"),
    ],
)
def test_rows_that_do_not_fit_are_refused(store, rows, error, what):
    with pytest.raises(error, match=r"store: .*" + what):
        store.write("x", rows)
    assert list(store) == []


@pytest.mark.parametrize("name", ["", "../x", "a//b", "/a", ".hidden", "a/../b", "a b", "a\n"])
def test_names_that_are_no_names_are_refused(store, name):
    with pytest.raises(ValueRangeError, match=r"name must be letters, digits"):
        store.write(name, np.zeros(3))


def test_every_changed_byte_of_the_rows_is_found(store, x, rng):
    path = store.write("x", x).path
    data = path.read_bytes()
    start = data.index(x[:4].tobytes())
    for at in rng.integers(start, start + 96, 20):
        path.write_bytes(data[:at] + bytes([data[at] ^ 16]) + data[at + 1 :])
        with pytest.raises(
            FormatError, match=r"store: .*x\.arrow, byte 0: chunk 0, rows 0 to 3, must have its check sum"
        ):
            store["x"][0]
        store["x"][4]  # other chunks are as they were


@pytest.mark.parametrize("cut", [0, 20, -1, -200])
def test_files_cut_short_are_refused(store, x, cut):
    path = store.write("x", x).path
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError, match=r"store: .*x\.arrow, byte 0: must be an array of a store"):
        store["x"]


@pytest.mark.parametrize(
    "change", [{"dtype": "object"}, {"dtype": "int8"}, {"row": [2, 3]}, {"row": [-6]}, {"row": 6}]
)
def test_headers_that_do_not_fit_their_column_are_refused(tmp_path, x, change):
    said = json.dumps({"dtype": "float32", "row": [3, 2], "metadata": {}} | change)
    header = {"wengert": said, "crc32c": str(masked_crc32c(said.encode()))}
    column = pa.FixedShapeTensorArray.from_numpy_ndarray(x)
    schema = pa.schema([pa.field("row", column.type)], header)
    with pa.ipc.new_file(tmp_path / "x.arrow", schema) as file:
        file.write_batch(pa.record_batch([column], schema=schema))
    with pytest.raises(FormatError, match=r"must be an array of a store"):
        StoredTensor(tmp_path / "x.arrow")


def by_force(x, q, k, metric):
    x, q = x.astype(np.float64), q.astype(np.float64)
    scores = {
        "dot": lambda: x @ q,
        "cosine": lambda: x @ q / np.maximum(np.linalg.norm(x, axis=1) * np.linalg.norm(q), 1e-300),
        "euclidean": lambda: -np.linalg.norm(x - q, axis=1),
    }[metric]()
    order = np.argsort(-scores, kind="stable")[:k]
    return order, np.abs(scores[order]) if metric == "euclidean" else scores[order]


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("k", [1, 7, 60])
def test_neighbours_are_those_of_brute_force(store, rng, metric, k):
    x, q = rng.standard_normal((60, 5)), rng.standard_normal((4, 5))
    x[3] = 0
    stored = store.write("x", x)
    indices, scores = stored.nearest(q, k, metric=metric)
    for row in range(4):
        expected = by_force(x, q[row], k, metric)
        np.testing.assert_array_equal(indices[row], expected[0])
        np.testing.assert_allclose(scores[row], expected[1], rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(stored.nearest(q[row], k, metric=metric).indices, expected[0])


def test_of_equal_rows_the_first_is_nearest_and_itself_is_at_no_distance(store):
    stored = store.write("x", np.tile(np.float32([[1, 2], [1000.5, 2]]), (40, 1)))
    indices, scores = stored.nearest(np.float32([1000.5, 2]), 3, metric="euclidean")
    assert indices.tolist() == [1, 3, 5]
    assert scores.tolist() == [0, 0, 0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays(np.float32, (9, 2), elements=st.floats(-1e3, 1e3, width=16)))
def test_any_row_finds_itself(tmp_path, x):
    stored = TensorStore(tmp_path).write("x", x, overwrite=True)
    found = stored.nearest(x, 1, metric="euclidean")
    np.testing.assert_array_equal(x[found.indices[:, 0]], x)


def test_queries_that_do_not_fit_are_refused(store):
    stored = store.write("x", np.zeros((4, 3)))
    with pytest.raises(ShapeError, match=r"query \[d\] or \[m, d\]; got \[4, 3\] and \[2\]"):
        stored.nearest(np.zeros(2))
    with pytest.raises(ValueRangeError, match=r"k must be from 1 to 4, the number of rows; got 5"):
        stored.nearest(np.zeros(3), 5)
    with pytest.raises(ValueRangeError, match=r"metric must be one of cosine, dot, euclidean; got 'l1'"):
        stored.nearest(np.zeros(3), 2, metric="l1")
    with pytest.raises(DTypeError, match=r"query must be of floats; got int64"):
        stored.nearest(np.zeros(3, int), 2)
