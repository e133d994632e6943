"""The public face: what is promised is there, importing is light, and nothing runs what it reads."""

import ast
import importlib
import inspect
import subprocess
import sys

import pytest

import wengert as wg
from tests.source import MODULES, tree

PACKAGES = [module for module, path in MODULES.items() if path.name == "__init__.py"]


def names_imported(package: str) -> set[str]:
    """Public names that a package's `__init__` takes from modules of ours."""
    return {
        alias.asname or alias.name
        for node in tree(MODULES[package]).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wengert")
        for alias in node.names
        if not (alias.asname or alias.name).startswith("_")
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_true(package):
    """Every name of `__all__` is there and listed once, and every name taken in for users is listed."""
    module = importlib.import_module(package)
    promised = getattr(module, "__all__", [])
    assert len(promised) == len(set(promised))
    assert [name for name in promised if not hasattr(module, name)] == []
    if promised:
        assert names_imported(package) <= set(promised)


PUBLIC_MODULES = {
    f"wg.{name}": getattr(wg, name) for name in wg.__all__ if inspect.ismodule(getattr(wg, name))
}


@pytest.mark.parametrize("name", PUBLIC_MODULES)
def test_a_public_module_shows_what_it_promises(name):
    """What completion offers, `dir`, is `__all__`: helpers and imports are no part of the public face."""
    module = PUBLIC_MODULES[name]
    assert [n for n in dir(module) if not n.startswith("_")] == sorted(module.__all__)


def test_every_module_says_what_it_is():
    silent = [module for module, path in MODULES.items() if not ast.get_docstring(tree(path))]
    assert silent == []


def modules_after(statement: str) -> set[str]:
    """Names in sys.modules after a fresh process has run one statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_leaves_the_compiler_and_the_extras_alone():
    """The compiler is loaded by the first compile; an extra, or what few programs need, by its first use."""
    heavy = {
        "llvmlite",
        "wengert.compiler.cache",
        "wengert.compiler.pipeline",
        "mlxtend",
        "PIL",
        "scipy",
        "pandas",
        "wengert.ops.derive",
        "wengert.train.keras_file",
        "zipfile",
    }
    assert modules_after("import wengert") & heavy == set()


FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle"}
HARMLESS_YAML = {"safe_load", "YAMLError"}  # what makes nothing but numbers, strings, lists and dicts
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}


def parameters(module: str) -> set[ast.Name]:
    """Names that mean a parameter of the function they stand in: `load_model(path, compile=True)` is Keras's."""
    return {
        name
        for function in ast.walk(tree(MODULES[module]))
        if isinstance(function, ast.FunctionDef)
        for name in ast.walk(function)
        if isinstance(name, ast.Name)
        and name.id in {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    }


def dangers(module: str) -> list[str]:
    """Places where a module could run what it reads."""
    found = []
    harmless = parameters(module)
    for node in ast.walk(tree(MODULES[module])):
        what = None
        if isinstance(node, ast.Import):
            what = next((a.name for a in node.names if a.name.split(".")[0] in FORBIDDEN_MODULES), None)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
            what = node.module
        elif isinstance(node, ast.Name) and node.id in FORBIDDEN_CALLS and node not in harmless:
            what = node.id
        elif isinstance(node, ast.keyword) and node.arg in {"allow_pickle", "shell"}:
            what = node.arg
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "yaml":
            what = None if node.attr in HARMLESS_YAML else f"yaml.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "yaml":
            what = "a function of yaml by itself"
        if what:
            found.append(f"{module}:{node.lineno} {what}")
    return found


def test_nothing_runs_what_it_reads():
    """No pickle, marshal, eval, exec or shell anywhere: a model file is data."""
    assert [danger for module in MODULES for danger in dangers(module)] == []


def test_the_environment_is_read_in_one_place():
    """A user finds every variable in `base/config.py`."""
    readers = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"})
        or (isinstance(node, ast.ImportFrom) and {a.name for a in node.names} & {"environ", "getenv"})
    }
    assert readers == {"wengert.base.config"}
