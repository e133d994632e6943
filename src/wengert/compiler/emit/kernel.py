"""One door to emission: any scheduled kernel to the text of its LLVM module."""

from __future__ import annotations

from wengert.compiler.emit.nest import emit_nest
from wengert.compiler.emit.target import Target
from wengert.loop.nest import Nest


def emit_kernel(kernel: Nest, target: Target, name: str = "kernel") -> str:
    """The module that defines the kernel as `name`."""
    return emit_nest(kernel, target, name)
