"""Kernels of a plan: numbered as they become known, equal ones once, compiled while further ones are planned."""

from __future__ import annotations

import functools
from collections.abc import Hashable

from wengert.compiler.cache import Compilation
from wengert.compiler.emit.contraction import emit_contraction
from wengert.compiler.emit.target import Target
from wengert.compiler.fingerprint import compiler_version, fingerprint, written
from wengert.compiler.jit import Function
from wengert.compiler.schedule import ScheduledKernel


class Kernels:
    """The functions of kernels, for one target.

    numbers: of each kernel the number of its function; equal kernels have one.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.numbers: dict[ScheduledKernel, int] = {}
        self._known: dict[Hashable, int] = {}
        self._compilation = Compilation(target)

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        self._compilation.__exit__()

    def add(self, kernel: ScheduledKernel) -> None:
        """Number it; begin to compile it unless one like it came before."""
        if kernel in self.numbers:
            return
        before, found = len(self._known), fingerprint(kernel)
        self.numbers[kernel] = self._known.setdefault(found, before)
        if len(self._known) > before:
            what = f"{compiler_version()}\0{self.target}\0{written(found)}"
            write = functools.partial(emit_contraction, kernel, self.target, "kernel")
            self._compilation.ask("kernel", what, write)

    def functions(self) -> list[Function]:
        """Those of all kernels, by number."""
        return self._compilation.functions()
