"""Asks Keras once: that of the Python named by WENGERT_PEERS_PYTHON, else of the one that runs the tests."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

collect_ignore = [
    "arguments_in_keras.py",
    "guides_in_keras.py",
    "in_keras.py",
    "layers_in_keras.py",
    "models_in_keras.py",
    "ops_in_keras.py",
    "optimizer_files_in_keras.py",
]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def ask(tmp_path_factory):
    """What a module of this folder writes into a file, run by the Python that has Keras."""
    python = os.environ.get("WENGERT_PEERS_PYTHON", sys.executable)

    def asked(module, *arguments):
        if subprocess.run([python, "-c", "import keras, jax"], capture_output=True).returncode:
            pytest.skip("keras is not installed")
        path = tmp_path_factory.mktemp("keras") / "answers.npz"
        command = [python, "-m", f"tests.beside_keras.{module}", path, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        with np.load(path) as answers:
            return dict(answers)

    return asked


@pytest.fixture(scope="session")
def keras(ask):
    """What Keras says, by name."""
    return ask("in_keras")


@pytest.fixture(scope="session")
def keras_layers(ask, request):
    """What Keras's layers say, of those configurations only that this run asks about."""
    callspecs = (getattr(item, "callspec", None) for item in request.session.items)
    wanted = {c.params["layer_case"]: None for c in callspecs if c is not None and "layer_case" in c.params}
    return ask("layers_in_keras", *wanted)


@pytest.fixture(scope="session")
def keras_ops(ask, request):
    """What Keras's operations say, of those cases only that this run asks about; and their arguments."""
    callspecs = (getattr(item, "callspec", None) for item in request.session.items)
    wanted = {c.params["ops_case"]: None for c in callspecs if c is not None and "ops_case" in c.params}
    return ask("ops_in_keras", *wanted)
