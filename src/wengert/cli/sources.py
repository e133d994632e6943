"""What a command trains and tests on: a data set by name, or a file of numbers or text."""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import FormatError, ShapeError, UsageError
from wengert.cli import text
from wengert.data.augment import with_shifts
from wengert.data.datasets import by_name

Array = np.ndarray[Any, Any]
NAMES = sorted(by_name)
ENDINGS = (".npz", ".csv", ".txt")
TEST_SHARE = 0.2


@dataclass(frozen=True)
class Source:
    """Rows to train on and others to test on; `pictures`: images, of which moved copies may be made."""

    name: str
    train: tuple[Array, Array]
    test: tuple[Array, Array]
    pictures: bool = False

    @property
    def classes(self) -> int | None:
        """How many there are; None if the labels are no classes but numbers."""
        y = np.concatenate([self.train[1].reshape(-1), self.test[1].reshape(-1)])
        return int(y.max()) + 1 if y.dtype.kind in "iu" else None


def read(arguments: argparse.Namespace) -> Source:
    """The data that --data names."""
    name, seed = arguments.data, arguments.seed
    if name in by_name:
        train, test = by_name[name](dtype="float32")
        return Source(name, train, test, pictures=True)
    path = Path(name)
    if path.suffix == ".npz":
        return from_arrays(path, seed)
    if path.suffix == ".csv":
        return from_table(path, arguments.target, seed)
    return from_text(path, arguments.length)


def moved(source: Source, copies: int, seed: int) -> tuple[Array, Array]:
    """The rows to train on, with moved copies of pictures."""
    return with_shifts(*source.train, copies=copies, seed=seed) if source.pictures else source.train


def from_arrays(path: Path, seed: int) -> Source:
    """Arrays `x`, `y` and, if there are, `x_test`, `y_test` of a .npz file; else some rows are put aside."""
    with np.load(path) as file:
        missing = {"x", "y"} - set(file.files)
        if missing:
            raise FormatError(f"train: {path} must hold arrays x and y; got {', '.join(file.files)}.")
        found = {name: file[name] for name in ("x", "y", "x_test", "y_test") if name in file.files}
    if len(found["x"]) != len(found["y"]):
        raise ShapeError(
            f"train: x and y must have as many rows; got {len(found['x'])} and {len(found['y'])}."
        )
    if "x_test" in found and "y_test" in found:
        return Source(path.name, (found["x"], found["y"]), (found["x_test"], found["y_test"]))
    return put_aside(path.name, found["x"], found["y"], seed)


def from_table(path: Path, target: str | None, seed: int) -> Source:
    """Numbers in columns with names; one column is what is to be learned."""
    with path.open(newline="") as file:
        names, *rows = [row for row in csv.reader(file) if row]
    target = target or names[-1]
    if target not in names:
        raise UsageError(f"train: --target must be a column of {path}, {', '.join(names)}; got {target!r}.")
    try:
        values = np.array(rows, np.float64)
    except ValueError as e:
        raise FormatError(f"train: {path} must hold numbers, as many in each row; {e}.") from e
    at = names.index(target)
    y = values[:, at]
    whole = (y == np.floor(y)).all() and (y >= 0).all()
    x = np.delete(values, at, axis=1).astype(np.float32)
    return put_aside(path.name, x, y.astype(np.int64) if whole else y.astype(np.float32)[:, None], seed)


def put_aside(name: str, x: Array, y: Array, seed: int) -> Source:
    """A random part of the rows is for testing."""
    order = np.random.default_rng(seed).permutation(len(x))
    cut = max(1, round(len(x) * TEST_SHARE))
    if cut >= len(x):
        raise ShapeError(f"train: {name} must have at least two rows; got {len(x)}.")
    test, train = order[:cut], order[cut:]
    return Source(name, (x[train], y[train]), (x[test], y[test]))


def from_text(path: Path, length: int) -> Source:
    """Windows of characters, each to be followed by the next one; the end of the text is for testing."""
    ids = text.encode(path.read_text(encoding="utf-8"))
    windows = (len(ids) - 1) // length
    if windows < 2:
        raise ShapeError(
            f"train: {path} must have more than {2 * length} characters, two windows of --length; got {len(ids)}."
        )
    x = ids[: windows * length].reshape(windows, length)
    y = ids[1 : windows * length + 1].reshape(windows, length)
    cut = windows - max(1, windows // 20)
    return Source(path.name, (x[:cut], y[:cut]), (x[cut:], y[cut:]))
