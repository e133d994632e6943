"""Arguments and their types that several commands share."""

import argparse
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, NoReturn

import wengert as wg
from wengert.base.words import did_you_mean
from wengert.data.datasets import by_name

Commands = Any  # argparse's own type of this is private


class Parser(argparse.ArgumentParser):
    """One whose errors are one line that says where to read on, not the usage of every option first."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see `{self.prog} --help`)\n")


def command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], None], help: str, examples: str
) -> argparse.ArgumentParser:
    """A parser for one command, whose --help ends with examples."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=f"{help[0].upper()}{help[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def whole_number(least: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number >= least."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.removeprefix("-").isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number >= {least}; got {text!r}")
        return int(text)

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    """The type of an argument that is a number in [low, high)."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value < high:
            raise argparse.ArgumentTypeError(f"must be a number >= {low:g} and < {high:g}; got {text!r}")
        return value

    return parse


def one_of(names: Collection[str], endings: Sequence[str] = ()) -> Callable[[str], str]:
    """The type of an argument that is one of the names, or a file with one of the endings, if there are any."""

    def parse(text: str) -> str:
        if text in names or Path(text).suffix in endings:
            return text
        files = f", or a file {', '.join(endings)}" if endings else ""
        raise argparse.ArgumentTypeError(
            f"must be {', '.join(names)}{files}; got {text!r}.{did_you_mean(text, names)}"
        )

    return parse


def file_to_write(text: str) -> Path:
    """The type of an argument that names a file to be written, refused before the work starts."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"must name a file in a folder that can be written to; got {text!r}")
    return path


def add_data(parser: argparse.ArgumentParser, flag: str, **options: Any) -> None:
    """The argument that names a data set."""
    names = sorted(by_name)
    parser.add_argument(
        flag, type=one_of(names), metavar="DATA", help=f"{', '.join(names)}; default: %(default)s", **options
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """--threads; `use_threads` obeys it."""
    parser.add_argument(
        "--threads", type=whole_number(1), metavar="N", help="threads to use (default: all that are allowed)"
    )


def use_threads(arguments: argparse.Namespace) -> None:
    """Set the number of threads when the user gave one."""
    if arguments.threads is not None:
        wg.set_threads(arguments.threads)
