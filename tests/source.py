"""The source of Wengert as data, for the tests that read it."""

import ast
from functools import cache
from pathlib import Path

SRC = Path(__file__).parent.parent / "src"


def name_of(path: Path) -> str:
    """The dotted name under which a file is imported."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(SRC.rglob("*.py"))}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
