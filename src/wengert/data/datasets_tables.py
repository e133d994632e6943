"""Tables and series that arrive with scikit-learn, statsmodels and aeon: public in `wg.datasets`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import FormatError, MissingExtraError
from wengert.base.extras import extra
from wengert.data.files import Reader
from wengert.data.formats.lines import whole_lines

Array = np.ndarray[Any, Any]
Split = tuple[tuple[Any, Array], tuple[Any, Array]]

TEST_SHARE = 0.2


def split_by_class(x: Array, y: Array, *, seed: int) -> Split:
    """Put the same share of every class aside for testing, and shuffle both parts."""
    rng = np.random.default_rng(seed)
    train, test = [], []
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        cut = round(len(members) * TEST_SHARE)
        test.append(members[:cut])
        train.append(members[cut:])
    in_train, in_test = rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))
    return (x[in_train], y[in_train]), (x[in_test], y[in_test])


def iris(*, seed: int = 0) -> Split:
    """Irises: sepal length, sepal width, petal length, petal width in cm; 0 setosa, 1 versicolor, 2 virginica.

    Shapes:
        x float32 [120, 4] and [30, 4], y int64 [n]

    Source:
        Fisher, "The use of multiple measurements in taxonomic problems", 1936.
    """
    return _classes("iris", seed)


def wine(*, seed: int = 0) -> Split:
    """Thirteen chemical measures of wines from three growers: x float32 [n, 13], y int64 0..2.

    Source:
        Aeberhard, Coomans, de Vel, "Comparison of classifiers in high dimensional settings", 1992.
    """
    return _classes("wine", seed)


def breast_cancer(*, seed: int = 0) -> Split:
    """Thirty measures of cell nuclei: x float32 [n, 30], y int64: 0 malignant, 1 benign.

    Source:
        Street, Wolberg, Mangasarian, "Nuclear feature extraction for breast tumor diagnosis", 1993.
    """
    return _classes("breast_cancer", seed)


def small_digits(*, seed: int = 0) -> Split:
    """Handwritten digits of 8 x 8 pixels: x uint8 [n, 8, 8, 1] in 0..16, y int64 0..9.

    Source:
        Alpaydin, Kaynak, "Optical recognition of handwritten digits", UCI, 1998.
    """
    (x, y), (x_test, y_test) = _classes("digits", seed)
    return (_pixels(x), y), (_pixels(x_test), y_test)


def _pixels(x: Array) -> Array:
    return x.astype(np.uint8).reshape(-1, 8, 8, 1)


def diabetes(*, seed: int = 0) -> Split:
    """Ten measures of patients, centred and scaled, and how far the disease went in a year: x [n, 10], y float32 [n].

    Source:
        Efron, Hastie, Johnstone, Tibshirani, "Least angle regression", 2004.
    """
    x, y = _of_sklearn("diabetes")
    order = np.random.default_rng(seed).permutation(len(x))
    test, train = np.split(order, [round(len(x) * TEST_SHARE)])
    y = y.astype(np.float32)
    return (x[train], y[train]), (x[test], y[test])


def _classes(name: str, seed: int) -> Split:
    x, y = _of_sklearn(name)
    return split_by_class(x, y.astype(np.int64), seed=seed)


def _of_sklearn(name: str) -> tuple[Array, Array]:
    with extra(name, "scikit-learn", "datasets"):
        import sklearn.datasets
    x, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    return np.asarray(x, np.float32), np.asarray(y)


def co2() -> tuple[Array, Array]:
    """CO2 over Mauna Loa by the week, 1958-2001: days datetime64 [2284], parts per million float32, NaN where missing.

    Source:
        Keeling, Whorf, "Atmospheric CO2 concentrations at Mauna Loa Observatory", 2004.
    """
    table = _of_statsmodels("co2")
    return table.index.to_numpy().astype("datetime64[D]"), table["co2"].to_numpy().astype(np.float32)


def sunspots() -> tuple[Array, Array]:
    """Sunspots by the year, 1700-2008: years int64 [309], how many on a mean day float32 [309].

    Source:
        SIDC, Royal Observatory of Belgium.
    """
    table = _of_statsmodels("sunspots")
    return table["YEAR"].to_numpy().astype(np.int64), table["SUNACTIVITY"].to_numpy().astype(np.float32)


def _of_statsmodels(name: str) -> Any:
    with extra(name, "statsmodels", "datasets"):
        import statsmodels.datasets
    return getattr(statsmodels.datasets, name).load_pandas().data


SERIES = {
    "acsf1": "ACSF1",
    "arrow_head": "ArrowHead",
    "basic_motions": "BasicMotions",
    "gun_point": "GunPoint",
    "italy_power_demand": "ItalyPowerDemand",
    "japanese_vowels": "JapaneseVowels",
    "osu_leaf": "OSULeaf",
}


def series(name: str) -> Split:
    """Time series to classify, as the archive at timeseriesclassification.com splits them.

    Args:
        name: "acsf1", "arrow_head", "basic_motions", "gun_point", "italy_power_demand", "japanese_vowels", "osu_leaf".

    Shapes:
        x float32 [n, length, channels], or a list of [length, channels] where lengths differ (japanese_vowels);
        y int64 [n], classes from 0 in the order of their names
    """
    found = importlib.util.find_spec("aeon")
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError(
            f"{name}: comes with the package aeon, which is not installed. Install it with: pip install aeon"
        )
    folder = Path(found.submodule_search_locations[0]) / "datasets" / "data" / SERIES[name]
    (x, y), (x_test, y_test) = (read_ts(folder / f"{SERIES[name]}_{part}.ts") for part in ("TRAIN", "TEST"))
    classes = np.unique(y)
    return (x, np.searchsorted(classes, y)), (x_test, np.searchsorted(classes, y_test))


def read_ts(path: str | Path) -> tuple[Any, Array]:
    """The series and classes (text) of a .ts file: channels apart by ":", the class last; "?" is missing.

    Raises:
        FormatError: a line is no such series; the message names it.
    """
    x, y, in_data = [], [], False
    with Reader("read_ts", path) as file:
        for _, first, data in whole_lines(file, None):
            for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), first):
                text = line.strip()
                if in_data and text:
                    *channels, label = text.split(":")
                    x.append(_channels(path, number, channels))
                    y.append(label)
                in_data |= text.lower() == "@data"
    alike = len({series.shape for series in x}) == 1
    return np.stack(x) if alike else x, np.array(y)


def _channels(path: str | Path, number: int, channels: list[str]) -> Array:
    try:
        values = [[float("nan" if v == "?" else v) for v in channel.split(",")] for channel in channels]
        return np.array(values, np.float32).T.reshape(-1, len(channels) or 1)
    except ValueError as error:
        raise FormatError(
            f"read_ts: {path}, line {number}: must be numbers with commas and colons; got: {error}."
        ) from error
