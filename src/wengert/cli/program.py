"""The program `wengert`: its grammar, and how errors end it."""

import argparse
import os
import sys
from collections.abc import Sequence

import wengert
from wengert.base.config import debug
from wengert.base.errors import FormulaError, WengertError
from wengert.cli import datasets, derive, evaluate, generate, info, plot, predict, summary, train, tune
from wengert.cli.arguments import Parser

COMMANDS = (train, evaluate, predict, generate, summary, plot, datasets, derive, tune, info)
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells say it


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 an error, told in one line, 130 interrupted.

    WENGERT_DEBUG=1 shows the traceback of an error.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without a character is no reason to stop
    arguments = parser().parse_args(argv)
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read our output has left (`wengert info | head -1`). Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt as error:
        below = "\n" if sys.stderr.isatty() else ""  # what the terminal shows of Ctrl-C
        print(f"{below}wengert: interrupted{'. ' * bool(error.args)}{error}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        if debug():
            raise
        print(f"wengert: error: {one_line(error)}", file=sys.stderr)
        return EXIT_ERROR
    return 0


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line; every command adds its own part."""
    top = Parser(
        prog="wengert",
        description="Deep learning on your own machine.",
        epilog="`wengert COMMAND --help` shows the options of a command, and examples.",
    )
    top.add_argument("--version", action="version", version=f"wengert {wengert.__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return top


def one_line(error: Exception) -> str:
    """What went wrong, in one line; an error that is not ours names its type and how to see more.

    An error in a formula keeps the lines that show where.
    """
    if isinstance(error, FormulaError):
        return str(error)
    text = " ".join(str(error).split())
    if isinstance(error, WengertError):
        return text
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"{type(error).__name__}: {text} (WENGERT_DEBUG=1 shows where)"
