"""The examples run as they stand, and say what they promise."""

import subprocess
import sys

import pytest

from tests.source import SRC

EXAMPLES = {
    "char_lstm.py": "bits a letter: ",
    "derivatives.py": "forward mode -2.558800, reverse mode -2.558800",
    "digits.py": "compiled 1 time",
    "forecast_co2.py": "mean error over 26 weeks",
    "hello.py": "\nhello\n",
    "own_training_loop.py": "programs compiled: 1",
    "resume.py": "validation accuracy: 0.9",
    "prose_or_code.py": "lines that it has not read",
    "transfer.py": "on frozen features    2,403 weights trained",
    "vae.py": "drew 8 digits that nobody wrote",
}
SHORT = {
    "char_lstm.py": ["--epochs", "1", "--units", "32", "--most", "20000"],
    "forecast_co2.py": ["1"],
    "prose_or_code.py": ["1"],
    "transfer.py": ["1"],
    "vae.py": ["1"],
}
"""Arguments with which an example takes seconds, not minutes."""
NEEDS = {"forecast_co2.py": "statsmodels"}
FOLDER = SRC.parent / "examples"


def test_every_example_is_tested():
    assert {path.name for path in FOLDER.glob("*.py")} == set(EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name, tmp_path):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FOLDER / name), *SHORT.get(name, [])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert EXAMPLES[name] in done.stdout
