"""`wengert datasets`: the catalogue is true, and exported files hold what was loaded."""

import numpy as np
import pytest

import wengert as wg
from wengert.cli import main
from wengert.data.catalogue import Info
from wengert.data.formats import CSV, JSONLines, TFRecord, parse_example

X = np.arange(12, dtype=np.float32).reshape(3, 2, 2) / 7
SPLIT = (X, np.array([2, 0, 1])), (X[:1], np.array([1]))
TEXTS = ["one, two", 'a "b"'], np.array([1, 0])
RAGGED = [np.zeros((2, 1)), np.ones((3, 1))], np.array([0, 1])
DAYS = np.array(["2000-01-01", "2000-01-08"], "datetime64[D]"), np.float32([1.5, 2.5])


@pytest.fixture
def content(monkeypatch):
    """A data set `trial` whose content a test sets."""
    contents = {}
    info = Info("trial", "none", "", "", "", "", lambda: contents["trial"])
    monkeypatch.setattr(wg.datasets, "catalogue", lambda: {"trial": info})
    monkeypatch.setattr(wg.datasets, "info", lambda name: info)
    return lambda value: contents.update(trial=value)


def run(capsys, *arguments) -> str:
    assert main(["datasets", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_list_names_all_and_those_of_a_task(capsys):
    lines = run(capsys, "list").splitlines()
    assert [line.split()[0] for line in lines] == list(wg.datasets.catalogue())
    assert run(capsys, "list", "--task", "forecasting").split()[::3] == ["co2", "sunspots"]
    assert run(capsys).splitlines() == lines


def test_info_says_what_the_catalogue_knows(capsys):
    text = run(capsys, "info", "mnist")
    info = wg.datasets.info("mnist")
    for fact in (
        info.shapes,
        info.licence,
        info.source,
        "t10k-labels",
        "storage.googleapis.com",
        "440fcabf73cc",
    ):
        assert fact in text


def test_names_that_are_none_are_refused(capsys):
    with pytest.raises(SystemExit):
        main(["datasets", "info", "irises"])
    assert "got 'irises'. Did you mean 'iris'?" in capsys.readouterr().err


def test_get_compares_hashes(capsys, content):
    content(SPLIT)
    assert "trial: float32[3,2,2] int64[3]; float32[1,2,2] int64[1]\nno hash" in run(capsys, "get", "trial")


@pytest.mark.parametrize(("part", "expected"), [("train", SPLIT[0]), ("test", SPLIT[1])])
def test_csv_holds_a_part(capsys, content, tmp_path, part, expected):
    content(SPLIT)
    run(capsys, "export", "trial", tmp_path / "a.csv", "--part", part)
    (block,) = CSV(tmp_path / "a.csv", types={f"x{k}": "float32" for k in range(4)}).blocks()
    got = np.stack([block.columns[f"x{k}"] for k in range(4)], -1)
    np.testing.assert_array_equal(got, expected[0].reshape(-1, 4))
    np.testing.assert_array_equal(block.columns["y"], expected[1])


def test_npz_holds_all_parts(capsys, content, tmp_path):
    content(SPLIT)
    run(capsys, "export", "trial", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["x_train"], X)
        np.testing.assert_array_equal(arrays["y_test"], [1])


@pytest.mark.parametrize("value", [TEXTS, RAGGED, DAYS])
def test_jsonl_holds_anything(capsys, content, tmp_path, value):
    content(value)
    run(capsys, "export", "trial", tmp_path / "a.jsonl")
    rows = list(JSONLines(tmp_path / "a.jsonl"))
    assert [row["y"] for row in rows] == value[1].tolist()
    for row, x in zip(rows, value[0], strict=True):
        np.testing.assert_array_equal(np.array(row["x"], getattr(x, "dtype", None)), x)


def test_tfrecord_holds_examples(capsys, content, tmp_path):
    content(SPLIT)
    run(capsys, "export", "trial", tmp_path / "a.tfrecord")
    examples = [parse_example(record) for record in TFRecord(tmp_path / "a.tfrecord")]
    np.testing.assert_array_equal(np.stack([e["x"].reshape(e["x_shape"]) for e in examples]), X)
    assert [int(e["y"][0]) for e in examples] == [2, 0, 1]


@pytest.mark.parametrize(
    ("value", "name", "what"),
    [
        (RAGGED, "a.csv", "series of several lengths do not fit into .csv. Try .jsonl"),
        (RAGGED, "a.npz", "series of several lengths do not fit into .npz. Try .jsonl"),
        (SPLIT, "a.txt", "FILE must end in .csv, .jsonl, .npz, .tfrecord; got 'a.txt'"),
    ],
)
def test_what_does_not_fit_is_refused(capsys, content, tmp_path, value, name, what):
    content(value)
    assert main(["datasets", "export", "trial", str(tmp_path / name)]) == 2
    assert what in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
