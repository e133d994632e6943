"""`wengert datasets`: what data sets there are, what each is, and how to have them as files."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import wengert as wg
from wengert.base.errors import MissingExtraError, UsageError
from wengert.base.files import replace_file
from wengert.cli.arguments import Commands, command, file_to_write, one_of
from wengert.data.catalogue import Info, content_hash, shapes_of
from wengert.data.datasets_files import DOWNLOADS
from wengert.data.formats import write_example, write_tfrecord
from wengert.data.formats.tfrecord import gathered

EXAMPLES = """\
  wengert datasets list
  wengert datasets info iris
  wengert datasets get mnist
  wengert datasets export iris iris.csv
  wengert datasets export gun_point motions.npz
"""

ENDINGS = (".csv", ".jsonl", ".npz", ".tfrecord")


def add_to(commands: Commands) -> None:
    """Add the command and its four parts."""
    parser = command(commands, "datasets", run_list, "list, describe, get and export data sets", EXAMPLES)
    parts = parser.add_subparsers(title="commands", metavar="COMMAND")
    one = command(
        parts, "list", run_list, "list the data sets", "  wengert datasets list --task forecasting\n"
    )
    one.add_argument("--task", metavar="TASK", help="only those for this task")
    one = command(parts, "info", run_info, "say what a data set is", "  wengert datasets info co2\n")
    add_name(one)
    help = "load a data set, fetch its files if need be, and compare its hash"
    one = command(parts, "get", run_get, help, "  wengert datasets get mnist\n")
    add_name(one)
    examples = (
        "  wengert datasets export wine wine.csv --part test\n  wengert datasets export names names.jsonl\n"
    )
    one = command(parts, "export", run_export, "write a data set as a file", examples)
    add_name(one)
    one.add_argument(
        "file", type=file_to_write, metavar="FILE", help=f"its ending says how: {', '.join(ENDINGS)}"
    )
    one.add_argument("--part", choices=("train", "test"), help="of those that are split; .npz holds both")


def add_name(parser: argparse.ArgumentParser) -> None:
    """The argument that names a data set."""
    names = sorted(wg.datasets.catalogue())
    parser.add_argument("name", type=one_of(names), metavar="NAME", help="of a data set")


def run_list(arguments: argparse.Namespace) -> None:
    """One line a data set."""
    task = getattr(arguments, "task", None)
    for info in wg.datasets.catalogue().values():
        if task in (None, info.task):
            print(f"{info.name:20} {info.task:15} {info.comes_with}")


def run_info(arguments: argparse.Namespace) -> None:
    """One fact a line."""
    info = wg.datasets.info(arguments.name)
    about = (info.load.__doc__ or "").split("\n", 1)[0] if not hasattr(info.load, "func") else "Time series."
    for name, value in {
        "name": info.name,
        "what": textwrap.fill(about, 90, subsequent_indent=" " * 10),
        "task": info.task,
        "shapes": info.shapes,
        "licence": info.licence,
        "source": info.source,
        "with": info.comes_with,
        "sha256": info.sha256 or "of each file",
    }.items():
        print(f"{name:9} {value}")
    for file in DOWNLOADS.get(info.name, ()):
        print(f"file      {file.name}, {file.size:,} bytes, sha256 {file.sha256}")
        for url in file.urls:
            print(f"          {url}")


def run_get(arguments: argparse.Namespace) -> None:
    """Load it, and say whether it is what the catalogue says."""
    info = wg.datasets.info(arguments.name)
    content = loaded(info)
    print(f"{info.name}: {shapes_of(content)}")
    if info.sha256 is None:
        print("the hashes of its files are right" if info.name in DOWNLOADS else "no hash of it is known")
    elif content_hash(content) == info.sha256:
        print(f"sha256 {info.sha256}, as the catalogue says")
    else:
        print(
            f"sha256 {content_hash(content)}; the catalogue says {info.sha256}: another version of {info.comes_with}?"
        )


def loaded(info: Info) -> Any:
    """The data set; where it is not there, the error says what it comes with."""
    try:
        return info.load()
    except MissingExtraError as error:
        raise MissingExtraError(f"datasets: {info.name} comes with {info.comes_with}. {error}") from error


def run_export(arguments: argparse.Namespace) -> None:
    """Write it; the file appears whole or not at all."""
    if arguments.file.suffix not in ENDINGS:
        raise UsageError(f"datasets: FILE must end in {', '.join(ENDINGS)}; got {arguments.file.name!r}.")
    parts = parts_of(loaded(wg.datasets.info(arguments.name)))
    if arguments.file.suffix == ".npz":
        write_npz(arguments.file, parts)
        return
    if arguments.part is not None and arguments.part not in parts:
        raise UsageError(f"datasets: {arguments.name} has no part {arguments.part!r}. Leave --part out.")
    columns = parts[arguments.part or next(iter(parts))]
    rows = list(records(columns))
    write = {".csv": write_csv, ".jsonl": write_jsonl, ".tfrecord": write_examples}[arguments.file.suffix]
    write(arguments.file, rows)
    print(f"{len(rows):,} records written to {arguments.file}")


def parts_of(content: Any) -> dict[str, dict[str, Any]]:
    """Columns `x` and `y` (or `text`) of each part: train and test, or all."""
    if isinstance(content, str):
        return {"all": {"text": content.split("\n")}}
    if isinstance(content[0], tuple):
        return {
            name: dict(zip("xy", part, strict=True))
            for name, part in zip(("train", "test"), content, strict=True)
        }
    return {"all": dict(zip("xy", content, strict=True))}


def write_npz(path: Path, parts: dict[str, dict[str, Any]]) -> None:
    """All arrays of all parts, as x_train and so on."""
    arrays: dict[str, Any] = {
        name if part == "all" else f"{name}_{part}": np.asarray(column)
        for part, columns in parts.items()
        for name, column in columns.items()
        if isinstance(column, np.ndarray) or isinstance(column[0], str)
    }
    if len(arrays) < sum(map(len, parts.values())):
        raise UsageError("datasets: series of several lengths do not fit into .npz. Try .jsonl or .tfrecord.")
    np.savez_compressed(path, **arrays)
    print(f"{', '.join(arrays)} written to {path}")


def records(columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One dict a record."""
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(columns, row, strict=True))


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """A column for each number of a record."""
    import csv
    import io

    text = io.StringIO()
    flat = [dict(flattened(row)) for row in rows]
    if len({tuple(row) for row in flat}) > 1:
        raise UsageError("datasets: series of several lengths do not fit into .csv. Try .jsonl or .tfrecord.")
    writer = csv.DictWriter(text, flat[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    replace_file(path, [text.getvalue().encode()])


def flattened(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each number of a record by its name: x0, x1, ... where there are several."""
    for name, value in row.items():
        if np.ndim(value):
            yield from ((f"{name}{k}", v) for k, v in enumerate(np.ravel(value)))
        else:
            yield name, value


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    """One JSON object a record."""
    lines = (
        json.dumps({name: plain(value) for name, value in row.items()}, ensure_ascii=False) for row in rows
    )
    replace_file(path, gathered(f"{line}\n".encode() for line in lines))


def plain(value: Any) -> Any:
    """An array as lists, a day as text, what JSON knows as it is."""
    if isinstance(value, np.datetime64):
        return str(value)
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def write_examples(path: Path, rows: list[dict[str, Any]]) -> None:
    """One tf.train.Example a record; arrays are flat, beside their shapes."""
    write_tfrecord(path, (write_example(dict(of_example(row))) for row in rows))


def of_example(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The features of a record."""
    for name, value in row.items():
        yield name, str(value) if isinstance(value, np.datetime64) else value
        if np.ndim(value) > 1:
            yield f"{name}_shape", list(np.shape(value))
