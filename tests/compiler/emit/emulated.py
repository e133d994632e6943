"""Kernels for AArch64, run by qemu: nothing in them may need the CPU that they were made on.

On Debian: apt-get install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross. Without them there is no such target.
"""

import functools
import shutil
import subprocess
import tempfile
import weakref
from pathlib import Path

import numpy as np

from wengert.compiler.emit.target import Target
from wengert.compiler.jit import compile_object

COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"
NEON = Target("aarch64-linux-gnu", "generic", "+neon", 16, 32)
DOTPROD = Target("aarch64-linux-gnu", "generic", "+neon,+dotprod", 16, 32, quads="same")
THERE = shutil.which(COMPILER) is not None and shutil.which(EMULATOR) is not None


@functools.cache
def folder() -> Path:
    """A folder of this run."""
    made = tempfile.TemporaryDirectory()
    weakref.finalize(folder, made.cleanup)
    return Path(made.name)


@functools.cache
def caller() -> Path:
    """The program around a kernel, compiled."""
    source, made = Path(__file__).with_suffix(".c"), folder() / "caller.o"
    subprocess.run([COMPILER, "-O1", "-Wall", "-Werror", "-c", source, "-o", made], check=True)
    return made


class EmulatedKernel:
    """Called as `NativeKernel` is."""

    def __init__(self, text: str, target: Target) -> None:
        compiled = folder() / "kernel.o"
        compiled.write_bytes(compile_object(text, target))
        self.program = Path(tempfile.mkstemp(dir=folder())[1])
        subprocess.run([COMPILER, "-static", caller(), compiled, "-o", self.program], check=True)
        weakref.finalize(self, self.program.unlink)

    def __call__(self, buffers, params=(), threads=1):
        """Returns (code, index) of the error cell."""
        numbers = [len(buffers), len(params), threads, *(b.nbytes for b in buffers), *params]
        given = np.array(numbers, np.int64).tobytes() + b"".join(b.tobytes() for b in buffers)
        done = subprocess.run([EMULATOR, self.program], input=given, capture_output=True, check=True)
        at = 32
        for b in buffers:
            b.ravel()[...] = np.frombuffer(done.stdout, b.dtype, b.size, at)
            at += b.nbytes
        return tuple(map(int, np.frombuffer(done.stdout, np.int64, 2)))
