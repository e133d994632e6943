"""Asks Keras once: that of the Python named by WENGERT_PEERS_PYTHON, else of the one that runs the tests."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

collect_ignore = ["in_keras.py"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def keras(tmp_path_factory):
    """What Keras says, by name."""
    python = os.environ.get("WENGERT_PEERS_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import keras, jax"], capture_output=True).returncode:
        pytest.skip("keras is not installed")
    path = tmp_path_factory.mktemp("keras") / "answers.npz"
    command = [python, "-m", "tests.beside_keras.in_keras", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(path) as answers:
        return dict(answers)
