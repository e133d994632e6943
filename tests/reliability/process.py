"""Fresh interpreters, for what must be seen from outside: signals, kills, forks, exits."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path


def python(script: str, *arguments: object, **environment: str) -> subprocess.Popen:
    """A fresh interpreter at work on a script, with the paths of this one."""
    paths = {"PYTHONPATH": os.pathsep.join(p for p in [str(Path.cwd()), *sys.path] if p)}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | paths | environment,
    )


def run_python(script: str, *arguments: object, timeout: float = 60, **environment: str) -> str:
    """What a script prints; it must end by itself, in time, and without a word on stderr."""
    process = python(script, *arguments, **environment)
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
    assert (process.returncode, err) == (0, "")
    return out.strip()
