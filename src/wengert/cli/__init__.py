"""The command line, `wengert`: one file a command; `program.py` puts them together."""

from wengert.cli.program import main

__all__ = ["main"]
