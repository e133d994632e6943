"""R7: nothing in Wengert turns what a file says into code: seen in the source, and while files are loaded."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from tests.train.models import everything, images

SOURCE = Path(wg.__file__).parent
FORBIDDEN_MODULES = {
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "runpy", "code", "imp",
    "pkgutil", "pty", "commands", "jsonpickle",
}  # fmt: skip
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
FORBIDDEN_ATTRIBUTES = {
    ("os", "system"), ("os", "popen"), ("np", "fromfile"), ("numpy", "fromfile"), ("sys", "setprofile"),
}  # fmt: skip
LOADERS = ("base", "data", "ir", "nn", "train", "cli", "zoo")
"""Packages that read files, or make objects of what was read. (The compiler loads machine code from its cache.)"""


def offences(path):
    """What in a module could turn data into code."""
    tree = ast.parse(path.read_text())
    own = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    own |= {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"import {n}" for n in names if n.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.Call):
            f = node.func
            if isinstance(f, ast.Name) and f.id in FORBIDDEN_CALLS - own:
                yield f"{f.id}() in line {node.lineno}"
            if isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name):
                if (f.value.id, f.attr) in FORBIDDEN_ATTRIBUTES:
                    yield f"{f.value.id}.{f.attr}() in line {node.lineno}"
                if f.value.id == "importlib" and not (node.args and isinstance(node.args[0], ast.Constant)):
                    yield f"importlib.{f.attr}() of what is not known in line {node.lineno}"
            for keyword in node.keywords:
                true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                if keyword.arg in ("allow_pickle", "shell") and true:
                    yield f"{keyword.arg}=True in line {node.lineno}"


@pytest.mark.parametrize("package", LOADERS)
def test_no_loader_can_run_what_it_reads(package):
    found = {str(p.relative_to(SOURCE)): list(offences(p)) for p in (SOURCE / package).rglob("*.py")}
    assert found
    assert not {module: what for module, what in found.items() if what}


@pytest.mark.parametrize(
    "line",
    ["import pickle", "from yaml import load", "eval('1')", "exec(x)", "compile(x, y, z)", "__import__('os')",
     "os.system('ls')", "np.load(p, allow_pickle=True)", "run(x, shell=True)", "importlib.import_module(name)"],
)  # fmt: skip
def test_the_test_sees_what_it_forbids(line, tmp_path):
    path = tmp_path / "module.py"
    path.write_text(line)
    assert list(offences(path))


WATCHED = ("open", "socket.connect", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "exec", "compile",
           "pickle.find_class", "marshal.loads", "import", "os.fork")  # fmt: skip


class Watch:
    """What this process does while `on` is True, as Python's audit events tell."""

    def __init__(self):
        self.on, self.seen = False, []
        sys.addaudithook(self.hook)  # which cannot be taken off again

    def hook(self, event, arguments):
        if self.on and event in WATCHED:
            self.seen.append((event, str(arguments[0])))


@pytest.fixture(scope="module")
def watch():
    return Watch()


def test_loading_opens_the_file_alone_and_runs_nothing(watch, effort, tmp_path):
    model = everything()
    model.fit(*images(), verbose=0)
    model.save(tmp_path / "model.wengert")
    model.save_weights(tmp_path / "weights.safetensors")
    wg.load_model(tmp_path / "model.wengert")  # imports what it needs
    watch.seen.clear()
    for _ in range(20 * effort):
        watch.on = True
        try:
            again = wg.load_model(tmp_path / "model.wengert")
            again.load_weights(tmp_path / "weights.safetensors")
        finally:
            watch.on = False
    assert {event for event, _ in watch.seen} == {"open"}
    assert {Path(what).parent for _, what in watch.seen} == {tmp_path}
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
