"""The catalogue is true of every data set that can be had here; those in files are read from copies of their kind."""

import gzip
import hashlib
import re

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import FormatError, MissingExtraError, UsageError
from wengert.data import datasets_files
from wengert.data.catalogue import content_hash, shapes_of
from wengert.data.datasets_tables import read_ts
from wengert.data.download import Download

PACKAGED = [name for name, info in wg.datasets.catalogue().items() if info.sha256]


@pytest.mark.parametrize("name", PACKAGED)
def test_content_is_what_the_catalogue_says(name):
    info = wg.datasets.info(name)
    try:
        content = wg.datasets.load(name)
    except MissingExtraError as error:
        pytest.skip(str(error))
    assert shapes_of(content) == info.shapes
    assert content_hash(content) == info.sha256


def test_every_data_set_is_described():
    for name, info in wg.datasets.catalogue().items():
        assert name == info.name
        assert all((info.task, info.shapes, info.licence, info.source, info.comes_with))
        assert info.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", info.sha256)
        for file in datasets_files.DOWNLOADS.get(name, ()):
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)


def test_a_name_that_is_none_is_refused():
    with pytest.raises(UsageError, match=r"name must be one of acsf1, .*; got 'irises'"):
        wg.datasets.load("irises")


@pytest.mark.parametrize(
    "other",
    [(np.zeros((2, 2)),), (np.zeros(4), np.zeros(0)), (np.zeros(4, np.float32),), (["a", "b"],), (["ab"],)],
)
def test_other_content_has_another_hash(other):
    assert content_hash(other) != content_hash((np.zeros(4),))
    assert content_hash(other) != content_hash((["a"], "b"))[::-1]


def test_options_reach_the_loader():
    pytest.importorskip("sklearn")
    (a, _), _ = wg.datasets.load("iris", seed=1)
    (b, _), _ = wg.datasets.iris(seed=1)
    (c, _), _ = wg.datasets.iris()
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def idx(array: np.ndarray) -> bytes:
    lengths = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()


@pytest.fixture
def mnist_files(rng) -> dict[str, bytes]:
    images = rng.integers(0, 255, (5, 28, 28), np.uint8)
    files = {}
    for part, n in (("train", 5), ("t10k", 3)):
        files[f"{part}-images-idx3-ubyte"] = idx(images[:n])
        files[f"{part}-labels-idx1-ubyte"] = idx(np.arange(n, dtype=np.uint8))
    return files


@pytest.mark.parametrize("packed", [True, False])
def test_mnist_in_its_own_files(tmp_path, mnist_files, packed):
    for name, data in mnist_files.items():
        (tmp_path / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(data) if packed else data)
    (x, y), (x_test, y_test) = wg.datasets.mnist(tmp_path)
    assert (x.shape, x.dtype, y.dtype) == ((5, 28, 28, 1), np.uint8, np.int64)
    assert y_test.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(x[:3], x_test)


def test_files_that_are_absent_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"must hold train-images-idx3-ubyte\.gz or train-images"):
        wg.datasets.mnist(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"must hold reviews, \*\.txt; it holds none"):
        wg.datasets.imdb(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"data_batch_1\.bin"):
        wg.datasets.cifar10(tmp_path)


def test_files_of_the_cache_are_checked_by_hash(tmp_path, mnist_files, monkeypatch):
    """Those that lie there are used without a network, once their hashes are right."""
    packed = {f"{name}.gz": gzip.compress(data) for name, data in mnist_files.items()}
    downloads = tuple(
        Download(f"mnist-{name}", [], hashlib.sha256(data).hexdigest(), len(data))
        for name, data in packed.items()
    )
    monkeypatch.setitem(datasets_files.DOWNLOADS, "mnist", downloads)
    monkeypatch.setenv("WENGERT_DATA_DIR", str(tmp_path))
    for name, data in packed.items():
        (tmp_path / f"mnist-{name}").write_bytes(data)
    assert wg.datasets.mnist()[0][1].tolist() == [0, 1, 2, 3, 4]


def cifar(rng, labels: int, n: int = 4) -> bytes:
    return b"".join(bytes([k % 10] * labels) + rng.bytes(3072) for k in range(n))


def test_cifar_in_its_own_files(tmp_path, rng):
    for name in [f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]:
        (tmp_path / f"{name}.bin").write_bytes(cifar(rng, 1))
    (x, y), (x_test, _) = wg.datasets.cifar10(tmp_path)
    assert (x.shape, x_test.shape) == ((20, 32, 32, 3), (4, 32, 32, 3))
    assert y.tolist() == [0, 1, 2, 3] * 5
    second = (tmp_path / "data_batch_1.bin").read_bytes()[3073:]
    assert x[1, 0, 1].tolist() == [
        second[2],
        second[2 + 1024],
        second[2 + 2048],
    ]  # red, green, blue of a pixel


def test_cifar_that_is_damaged_is_named(tmp_path, rng):
    (tmp_path / "train.bin").write_bytes(cifar(rng, 2) + b"x")
    with pytest.raises(
        FormatError, match=r"cifar100: .*train\.bin, byte 12297: must hold whole records of 3074"
    ):
        wg.datasets.cifar100(tmp_path)
    (tmp_path / "data_batch_1.bin").write_bytes(bytes(3073) + b"\x0a" + bytes(3072))
    with pytest.raises(FormatError, match=r"data_batch_1\.bin, byte 3073: a label must be < 10; got 10"):
        wg.datasets.cifar10(tmp_path)


def test_imdb_in_its_own_files(tmp_path):
    for part in ("train", "test"):
        for label in ("neg", "pos"):
            folder = tmp_path / part / label
            folder.mkdir(parents=True)
            for k in range(2):
                (folder / f"{k}_7.txt").write_text(f"{part} {label} {k} \u00e9", encoding="utf-8")
    (x, y), (x_test, _) = wg.datasets.imdb(tmp_path)
    assert x == ["train neg 0 \u00e9", "train neg 1 \u00e9", "train pos 0 \u00e9", "train pos 1 \u00e9"]
    assert y.tolist() == [0, 0, 1, 1]
    assert x_test[3] == "test pos 1 \u00e9"


def test_series_may_differ_in_length_and_lack_values(tmp_path):
    path = tmp_path / "a.ts"
    path.write_text("#about\n@problemName a\n@data\n1,2:3,?:up\n\n4:5:down\n")
    x, y = read_ts(path)
    np.testing.assert_array_equal(x[0], [[1, 3], [2, np.nan]])
    np.testing.assert_array_equal(x[1], [[4, 5]])
    assert y.tolist() == ["up", "down"]
    path.write_text("@data\n1,2:a\n1,x:b\n")
    with pytest.raises(
        FormatError, match=r"a\.ts, line 3: must be numbers with commas and colons; got: could not"
    ):
        read_ts(path)


def test_texts_say_what_is_missing(monkeypatch):
    monkeypatch.setattr(datasets_files.shutil, "which", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"Debian package bible-kjv, .* apt-get install bible-kjv"):
        wg.datasets.kjv()
    monkeypatch.setattr(datasets_files.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"the package names, .* pip install names"):
        wg.datasets.names()
