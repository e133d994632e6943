"""Calls with arguments that make no sense: no crash, no hang, and errors that name the function and the value."""

import json
import os
import subprocess
import sys

import pytest

from tests.reliability.invalid_calls import functions

CALLS = 2_500  # a process
PROCESSES = 4
TIMEOUT = 120  # seconds


def test_the_whole_face_is_called():
    names = set(functions())
    assert {
        "add",
        "grad",
        "linalg.norm",
        "random.normal",
        "activations.relu",
        "losses.Huber",
        "layers.Dense",
    } <= names
    assert len(names) > 280


@pytest.mark.parametrize("group", range(PROCESSES))
def test_no_call_ends_as_no_call_may(group, effort, tmp_path):
    for turn in range(effort):
        first = (group * effort + turn) * CALLS
        progress = tmp_path / "progress"
        progress.write_bytes(b"")
        command = [sys.executable, "-m", "tests.reliability.invalid_calls", str(first), str(CALLS)]
        try:
            done = subprocess.run(
                [*command, "--progress", str(progress)],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            pytest.fail(f"call {progress.read_text()} hangs")
        *faults, last = map(json.loads, done.stdout.splitlines() or ["null"])
        assert last == "done", f"call {progress.read_text()} ended the process: {done.stderr[-1000:]}"
        assert faults == []
