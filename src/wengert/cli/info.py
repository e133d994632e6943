"""`wengert info`: what Wengert found on this machine."""

import argparse
import os
import platform
import textwrap

import numpy as np

import wengert
from wengert.base.config import cache_dir
from wengert.cli.arguments import Commands, command
from wengert.runtime.cpu import allowed_threads, cgroup_quota, cpu_features, cpu_name

EXAMPLES = """\
  wengert info
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command(
        commands, "info", run, "show versions, the CPU, the threads allowed and the kernel cache", EXAMPLES
    )


def run(arguments: argparse.Namespace) -> None:
    """Print one fact a line."""
    import llvmlite
    import llvmlite.binding as llvm

    for name, value in {
        "wengert": wengert.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "numpy": np.__version__,
        "llvmlite": f"{llvmlite.__version__}, LLVM {'.'.join(map(str, llvm.llvm_version_info))}",
        "cpu": cpu_name(),
        "features": textwrap.fill(" ".join(cpu_features()), 90, subsequent_indent=" " * 10),
        "threads": threads(),
        "cache": cache(),
    }.items():
        print(f"{name:9} {value}")


def threads() -> str:
    """How many threads are allowed, and by what."""
    quota = cgroup_quota()
    limit = "no quota" if quota is None else f"a quota of {quota:g} CPUs"
    return f"{allowed_threads()} (the machine has {os.cpu_count()}; {limit} from the control group)"


def cache() -> str:
    """Where compiled kernels are kept, and how much there is."""
    folder = cache_dir()
    if folder is None:
        return "none: compiled kernels are not kept"
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
    size = sum(path.stat().st_size for path in files) / 2**20
    return f"{folder} ({len(files)} files, {size:.1f} MiB)"
