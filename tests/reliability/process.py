"""Fresh interpreters, for what must be seen from outside: signals, kills, forks, exits."""

import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


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


def run_ranks(
    count: int, script: str, *arguments: object, timeout: float = 120, **environment: str
) -> tuple[int, str, str]:
    """The exit status of mpiexec with `count` copies of a script, and what these print; skips where there is no MPI."""
    mpiexec = Path(sys.executable).with_name("mpiexec")
    if importlib.util.find_spec("mpi4py") is None or not mpiexec.exists():
        pytest.skip("needs mpi4py and mpich: pip install 'wengert[mpi]'")
    command = [mpiexec, "-n", count, sys.executable, "-c", textwrap.dedent(script), *arguments]
    paths = {"PYTHONPATH": os.pathsep.join(p for p in [str(Path.cwd()), *sys.path] if p)}
    done = subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env=os.environ | paths | {"WENGERT_THREADS": "1"} | environment,
    )
    return done.returncode, done.stdout, done.stderr
