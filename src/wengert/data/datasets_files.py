"""The well-known data sets in their original files, fetched or copied by hand, and texts: public in `wg.datasets`."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.config import data_dir
from wengert.base.errors import FormatError, MissingExtraError
from wengert.data.archive import unpack
from wengert.data.download import Download, fetch
from wengert.data.formats.idx import read_idx

Array = np.ndarray[Any, Any]
Split = tuple[tuple[Any, Array], tuple[Any, Array]]

_MNIST = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
_MNIST_FILES = {
    "train-images-idx3-ubyte.gz": (
        9912422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    "train-labels-idx1-ubyte.gz": (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    "t10k-images-idx3-ubyte.gz": (
        1648877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    "t10k-labels-idx1-ubyte.gz": (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
}

#: The original files of each data set, by name.
DOWNLOADS: dict[str, tuple[Download, ...]] = {
    "mnist": tuple(
        Download(f"mnist-{name}", [mirror + name for mirror in _MNIST], sha256, size)
        for name, (size, sha256) in _MNIST_FILES.items()
    ),
    "cifar10": (
        Download(
            "cifar-10-binary.tar.gz",
            ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            170052171,
        ),
    ),
    "cifar100": (
        Download(
            "cifar-100-binary.tar.gz",
            ["https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"],
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            168513733,
        ),
    ),
    "imdb": (
        Download(
            "aclImdb_v1.tar.gz",
            ["https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"],
            "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
            84125825,
        ),
    ),
}
INSIDE = {"cifar10": "cifar-10-batches-bin", "cifar100": "cifar-100-binary", "imdb": "aclImdb"}


def files_of(name: str, folder: str | Path | None) -> Path:
    """The folder of the original files: the one given, else that of the cache, fetched and unpacked."""
    if folder is not None:
        return Path(folder)
    paths = [fetch(file) for file in DOWNLOADS[name]]
    if name not in INSIDE:
        return paths[0].parent
    unpacked = data_dir() / name
    if not unpacked.exists():
        unpack(paths[0], unpacked)
    return unpacked / INSIDE[name]


def mnist(folder: str | Path | None = None) -> Split:
    """MNIST: 60,000 digits of 28 x 28 pixels to train and 10,000 to test on: x uint8 [n, 28, 28, 1], y int64 [n].

    Args:
        folder: with the four IDX files, packed or not; None: they are fetched.

    Raises:
        FormatError: a file is damaged, or images and labels do not belong together.
        DownloadError: the files cannot be fetched.

    Source:
        LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    top = files_of("mnist", folder)
    return read_pair("mnist", top, "train"), read_pair("mnist", top, "t10k")


def read_pair(operation: str, folder: Path, part: str) -> tuple[Array, Array]:
    """Images uint8 [n, 28, 28, 1] and labels int64 [n] of a part's two IDX files."""
    images, labels = (_one(folder, f"{part}-{what}-ubyte") for what in ("images-idx3", "labels-idx1"))
    x, y = read_idx(images), read_idx(labels)
    if x.shape != (len(y), 28, 28) or y.ndim != 1 or x.dtype != np.uint8:
        raise FormatError(
            f"{operation}: {images} must hold n images of 28 x 28 bytes, and {labels.name} n labels; "
            f"got {x.dtype}{list(x.shape)} and {y.dtype}{list(y.shape)}."
        )
    return x[..., None], y.astype(np.int64)


def _one(folder: Path, name: str) -> Path:
    """The file, packed or not, by its own name or the cache's."""
    names = (f"{name}.gz", name, f"mnist-{name}.gz")
    found = next((folder / n for n in names if (folder / n).exists()), None)
    if found is None:
        raise FileNotFoundError(2, f"must hold {name}.gz or {name}; it does not", str(folder))
    return found


def cifar10(folder: str | Path | None = None) -> Split:
    """CIFAR-10: 50,000 + 10,000 colour images in ten classes: x uint8 [n, 32, 32, 3], y int64 [n].

    0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck.

    Args:
        folder: with the binary version's files (`data_batch_1.bin`, ...); None: they are fetched.

    Source:
        Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    top = files_of("cifar10", folder)
    parts = [_cifar(top / f"data_batch_{k}.bin", labels=1, classes=10) for k in range(1, 6)]
    x, y = (np.concatenate(part) for part in zip(*parts, strict=True))
    return (x, y), _cifar(top / "test_batch.bin", labels=1, classes=10)


def cifar100(folder: str | Path | None = None) -> Split:
    """CIFAR-100: 50,000 + 10,000 colour images in a hundred classes: x uint8 [n, 32, 32, 3], y int64 [n].

    Args:
        folder: with the binary version's files (`train.bin`, `test.bin`); None: they are fetched.

    Source:
        Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    top = files_of("cifar100", folder)
    return _cifar(top / "train.bin", labels=2, classes=100), _cifar(top / "test.bin", labels=2, classes=100)


def _cifar(path: Path, labels: int, classes: int) -> tuple[Array, Array]:
    """A file of the binary version: each record some labels, the last of which counts, and planes of 32 x 32."""
    size, record = path.stat().st_size, labels + 3072
    if size % record or not size:
        raise FormatError(f"cifar{classes}: {path}, byte {size}: must hold whole records of {record} bytes.")
    data = np.fromfile(path, np.uint8).reshape(-1, record)
    y = data[:, labels - 1].astype(np.int64)
    if y.max() >= classes:
        at = int(y.argmax())
        raise FormatError(
            f"cifar{classes}: {path}, byte {at * record + labels - 1}: a label must be < {classes}; got {y[at]}."
        )
    return np.ascontiguousarray(data[:, labels:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), y


def imdb(folder: str | Path | None = None) -> Split:
    """IMDB: 25,000 + 25,000 film reviews as texts: x a list of str, y int64 [n]: 0 negative, 1 positive.

    Args:
        folder: `aclImdb`, with `train/neg` and the others; None: it is fetched.

    Source:
        Maas, Daly, Pham, Huang, Ng, Potts, "Learning word vectors for sentiment analysis", ACL 2011.
    """
    top = files_of("imdb", folder)
    return _reviews(top / "train"), _reviews(top / "test")


def _reviews(folder: Path) -> tuple[list[str], Array]:
    texts, labels = [], []
    for label, name in enumerate(("neg", "pos")):
        paths = sorted((folder / name).glob("*.txt"))
        if not paths:
            raise FileNotFoundError(2, "must hold reviews, *.txt; it holds none", str(folder / name))
        for path in paths:
            try:
                texts.append(path.read_text(encoding="utf-8"))
            except UnicodeDecodeError as error:
                raise FormatError(f"imdb: {path}, byte {error.start}: must be UTF-8.") from error
            labels.append(label)
    return texts, np.array(labels, np.int64)


def kjv() -> str:
    """The King James Bible, 1611/1769, one verse a line: 4.3 million characters of English, in the public domain.

    Raises:
        MissingExtraError: the Debian package `bible-kjv`, which holds it, is not installed.
    """
    program = shutil.which("bible")
    if program is None:
        raise MissingExtraError(
            "kjv: comes with the Debian package bible-kjv, which is not installed. "
            "Install it with: apt-get install bible-kjv"
        )
    done = subprocess.run([program, "-f", "gen1:1-rev22:21"], capture_output=True, check=True, timeout=60)
    verses = done.stdout.decode("latin-1").splitlines()
    return "\n".join(verse.partition(" ")[2] for verse in verses)  # each starts with where it is: Ge1:1


def names() -> tuple[list[str], Array]:
    """First names of the US census of 1990: a list of 5,494 texts, y int64: 0 given to women, 1 given to men.

    A name that is given to both comes twice.

    Raises:
        MissingExtraError: the package `names`, which holds them, is not installed.
    """
    found = importlib.util.find_spec("names")
    if found is None or found.origin is None:
        raise MissingExtraError(
            "names: comes with the package names, which is not installed. Install it with: pip install names"
        )
    texts: list[str] = []
    labels: list[int] = []
    for label, part in enumerate(("female", "male")):
        lines = (Path(found.origin).parent / f"dist.{part}.first").read_text(encoding="ascii").splitlines()
        texts += [line.split()[0].capitalize() for line in lines if line.strip()]
        labels += [label] * (len(texts) - len(labels))
    return texts, np.array(labels, np.int64)
