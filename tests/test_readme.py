"""The README is true: its example runs as it stands, and what it names is there."""

import re
import subprocess
import sys

import pytest

from tests.source import SRC

README = (SRC.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_example_runs_as_it_stands(tmp_path):
    code = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "example.py").write_text("\n".join(code))
    done = subprocess.run(
        [sys.executable, "-W", "error", "example.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "digits.wengert").exists()


def test_the_files_it_names_are_there():
    named = re.findall(r"`((?:scripts|src|docs)/[\w/.]+)`|^    (scripts/\w+)", README, re.MULTILINE)
    assert len(named) >= 5
    for path in {a or b for a, b in named}:
        assert (SRC.parent / path).exists(), path
