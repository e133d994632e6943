"""The examples run as they stand, and say what they promise."""

import subprocess
import sys

import pytest

from tests.source import SRC

EXAMPLES = {
    "digits.py": "compiled 1 time",
    "own_training_loop.py": "programs compiled: 1",
    "resume.py": "validation accuracy: 0.9",
    "derivatives.py": "forward mode -2.558800, reverse mode -2.558800",
}
FOLDER = SRC.parent / "examples"


def test_every_example_is_tested():
    assert {path.name for path in FOLDER.glob("*.py")} == set(EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FOLDER / name)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert EXAMPLES[name] in done.stdout
