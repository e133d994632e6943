"""The shape of the code: imports go down the floors, and files and functions stay short."""

import ast
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

from tests.source import MODULES, SRC, tree

FILE_LINES = 400
FUNCTION_LINES = 60

CONTRACT = tomllib.loads((SRC.parent / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
FLOORS = [[folder.strip(" ()") for folder in layer.split("|")] for layer in reversed(CONTRACT["layers"])]
USERS_OF_THE_FACE = {"cli", "zoo"}
FLOOR = {folder: n for n, folders in enumerate(FLOORS) for folder in folders}


def running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, less those under `if TYPE_CHECKING`: they never run; lint-imports sees them."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")):
            yield from running(child)


def imports(module: str) -> set[str]:
    """Modules of ours that a module imports, at its top or inside a function: both count."""
    found = set()
    for node in running(tree(MODULES[module])):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: write the full name of what is imported"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & MODULES.keys()


GRAPH = {module: imports(module) for module in MODULES}


def folder(module: str) -> str | None:
    """The folder below `wengert` that a module lives in; None for the top of the package."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def may_import(module: str, other: str) -> bool:
    """Its own folder, or any folder on a floor below.

    The public face may import all but its users, who write as a user would; only they may import it.
    """
    a, b = folder(module), folder(other)
    if a is None:
        return b not in USERS_OF_THE_FACE
    return a == b or (a in USERS_OF_THE_FACE if b is None else FLOOR[b] < FLOOR[a])


def test_every_folder_has_a_floor():
    assert {folder(m) for m in MODULES} - {None} <= FLOOR.keys()


def test_imports_go_down():
    """No module imports from a floor above, a neighbour on its own, or the public face."""
    up = [f"{m} imports {o}" for m, others in GRAPH.items() for o in others if not may_import(m, o)]
    assert not up, "\n".join(up)


def test_imports_have_no_circle():
    """`prepare` raises CycleError and names the circle."""
    TopologicalSorter(GRAPH).prepare()


@pytest.mark.parametrize("module", MODULES)
def test_files_are_short(module):
    assert len(MODULES[module].read_text().splitlines()) <= FILE_LINES


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from its `def` on, its docstring not counted: explaining is free."""
    doc = function.body[0] if ast.get_docstring(function) else None
    spoken = doc.end_lineno - doc.lineno + 1 if doc else 0
    return function.end_lineno - function.lineno + 1 - spoken


def test_functions_are_short():
    long = [
        f"{module}:{node.lineno} {node.name}: {code_lines(node)} lines"
        for module, path in MODULES.items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and code_lines(node) > FUNCTION_LINES
    ]
    assert not long, "\n".join(long)
