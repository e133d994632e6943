"""The scripts are plain: strict, executable, and each says what it does."""

import os
import re
import shlex
import subprocess

import pytest

from tests.source import SRC
from wengert.cli.program import parser

SCRIPTS = sorted((SRC.parent / "scripts").iterdir())
CI = SRC.parent / ".ci" / "run"


def test_the_five_are_there():
    assert {"install", "check", "test", "demo", "bench"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("script", [*SCRIPTS, CI], ids=lambda path: path.name)
def test_a_script_stops_at_the_first_error(script):
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_help_tells_what_a_script_does_and_does_nothing(script, tmp_path):
    """The environment it would make does not appear."""
    env = {**os.environ, "VENV": str(tmp_path / "venv")}
    done = subprocess.run([script, "--help"], env=env, capture_output=True, text=True, check=True)
    assert f"scripts/{script.name}" in done.stdout
    assert not (tmp_path / "venv").exists()


def test_the_demo_calls_commands_that_there_are(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    calls = re.findall(
        r'^"\$wengert" (.*?)(?: "\$@")?$', (SRC.parent / "scripts" / "demo").read_text(), re.MULTILINE
    )
    assert len(calls) >= 3
    for call in calls:
        parser().parse_args(shlex.split(call))


def test_ci_runs_what_a_developer_runs():
    assert CI.read_text().splitlines()[-2:] == ["scripts/check", "scripts/test"]
