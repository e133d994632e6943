"""LLVM text to machine code to addresses: the only file that calls LLVM to run something on this machine.

    compile_object(text, target) -> bytes       an object file, which `cache.py` keeps
    load([(symbol, object), ...]) -> [Function]  in memory, ready to be called

Generated code refers to nothing outside of itself: an object with an undefined symbol is refused here,
because LLVM would quietly bind it to whatever the process has loaded. llvmlite takes 40-80 ms to import, so
the import waits for the first compile.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import mmap
import os
import platform
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from wengert.base import config
from wengert.base.errors import CompileError, ValueRangeError
from wengert.compiler.emit.target import Target, x86_level
from wengert.compiler.objects import undefined_symbols

# LLVM's CPU, bytes of a vector, registers, fma.
_LEVELS = {
    "sse": ("x86-64-v2", 16, 16, False),
    "avx2": ("x86-64-v3", 32, 16, True),
    "avx512": ("x86-64-v4", 64, 32, True),
}


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Function:
    """Machine code in memory. It stays there for as long as this object is referenced."""

    address: int
    _engine: Any = field(repr=False, compare=False)


class _Exclusive:
    """A lock given in the order of asking; else a fork might wait for ever for a thread that loops.

    One thread may take it several times: garbage is collected, and code unloaded, at any moment.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """After a fork, in the child: nobody holds it, and those who waited are not there."""
        self._turn = threading.RLock()
        self._lock = threading.RLock()
        self._aside = 0
        self._back = threading.Condition()

    def __enter__(self) -> None:
        with self._turn:
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Inside, others may hold it; a fork waits all the same."""
        with self._back:
            self._aside += 1
        self._lock.release()
        try:
            yield
        finally:
            with self._back:
                self._aside -= 1
                self._back.notify_all()
            self.__enter__()

    def before_fork(self) -> None:
        """Hold it, with nobody aside."""
        self.__enter__()
        with self._back:
            self._back.wait_for(lambda: not self._aside)


# Held wherever LLVM is called, and at a fork: a child of a fork in the midst of a call would find LLVM's own
# locks held by a thread that it does not have. Threads generate code side by side: that is where the time goes.
_exclusive = _Exclusive()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_exclusive.before_fork, after_in_parent=_exclusive.__exit__, after_in_child=_exclusive.renew
    )


@functools.cache
def _llvm() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    return llvm


@functools.cache
def llvm_version() -> str:
    """The version of LLVM and of its binding: objects of one are not those of another."""
    import llvmlite

    return f"{llvmlite.__version__}-{'.'.join(map(str, _llvm().llvm_version_info))}"


def host_target() -> Target:
    """This machine, or the lower x86 level that WENGERT_CPU_LEVEL names.

    Raises:
        ValueRangeError: the level asked for is none, or is more than this CPU has.
    """
    return _host_target(config.cpu_level())


@functools.cache
def _host_target(level: str | None) -> Target:
    llvm = _llvm()
    has = llvm.get_host_cpu_features()
    host = Target(llvm.get_process_triple(), llvm.get_host_cpu_name(), has.flatten(), 16, 32)
    if platform.machine() not in ("x86_64", "AMD64"):
        neon = platform.machine() in ("aarch64", "arm64")
        return replace(host, half=neon, quads="same" if has.get("dotprod") else "")
    width, registers = x86_level(has)
    if level is None:
        # LLVM would split 64-byte vectors in two on CPUs that once slowed down for them.
        features = f"{host.features},-prefer-256-bit"
        fma, half, bf16 = (
            bool(has.get("fma")),
            bool(has.get("f16c")),
            width >= 64 and bool(has.get("avx512bf16")),
        )
        vnni = has.get("avx512vnni") if width >= 64 else width == 32 and has.get("avxvnni")
        quads: Literal["", "mixed"] = "mixed" if vnni else ""
        return replace(
            host,
            features=features,
            vector_bytes=width,
            registers=registers,
            fma=fma,
            half=half,
            bf16=bf16,
            quads=quads,
        )
    cpu, asked, registers, fma = _LEVELS[level]
    if asked > width:
        raise ValueRangeError(
            f"WENGERT_CPU_LEVEL: must be a level this CPU has; got {level!r} on {host.cpu}, "
            f"whose vectors are {width} bytes. Unset it to use what the CPU has."
        )
    return Target(host.triple, cpu, "-prefer-256-bit", asked, registers, fma, half=fma)


def compile_object(text: str, target: Target, passes: int = 0) -> bytes:
    """Machine code of an LLVM module, as an object file.

    Args:
        text: the module.
        target: what to compile for.
        passes: LLVM's optimisation level (1-3) over the module before code generation; 0 runs none.

    Raises:
        CompileError: LLVM cannot read the text, or finds it ill-formed.
    """
    with _exclusive:
        return _compile(text, target, passes)


def _compile(text: str, target: Target, passes: int) -> bytes:
    llvm = _llvm()
    # A context of its own: the global one keeps every type and constant for ever. Both are closed here, not when
    # they are collected, where Python would swallow a Ctrl-C.
    with _machine(target) as machine, contextlib.closing(llvm.create_context()) as context:
        try:
            module = llvm.parse_assembly(text, context=context)
        except RuntimeError as e:
            raise _refused(e, text) from None
        with contextlib.closing(module):
            try:
                module.verify()
            except RuntimeError as e:
                raise _refused(e, text) from None
            if passes:
                options = llvm.create_pipeline_tuning_options(speed_level=passes)
                builder = llvm.create_pass_builder(machine, options)
                builder.getModulePassManager().run(module, builder)
            return _emit_object(machine, module)


def _emit_object(machine: Any, module: Any) -> bytes:
    """`machine.emit_object(module)` without the lock that llvmlite holds in every call.

    LLVM allows it: the module's context and the machine are this thread's alone.
    """
    from llvmlite.binding import ffi

    emit = ffi.lib.LLVMPY_TargetMachineEmitToMemory
    error = ctypes.c_char_p()
    with _exclusive.aside():
        buffer = getattr(emit, "_cfn", emit)(machine, module, 1, ctypes.byref(error))
    if not buffer:
        raise CompileError(f"compile: LLVM must generate code; got {error.value!r}.")
    try:
        return ctypes.string_at(ffi.lib.LLVMPY_GetBufferStart(buffer), ffi.lib.LLVMPY_GetBufferSize(buffer))
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)


def _refused(error: RuntimeError, text: str) -> CompileError:
    return CompileError(f"compile: LLVM must accept the module; got {error}\n{text[:2000]}")


class _Batch:
    """An engine and the libraries in it, freed in the order LLVM needs."""

    def __init__(self) -> None:
        self.libraries: list[Any] = []
        # JITLink places the sections of an object side by side; the older linker may place code and constants
        # further apart than an instruction can reach.
        with _machine(host_target()) as machine:
            self.engine = _llvm().create_lljit_compiler(machine, use_jit_link=True, suppress_errors=True)

    def link(self, symbol: str, data: bytes) -> int:
        builder = _llvm().JITLibraryBuilder().add_object_img(data).export_symbol(symbol)
        library = builder.link(self.engine, f"object{len(self.libraries)}")
        self.libraries.append(library)
        return int(library[symbol])

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if is_finalizing():  # LLVM may be gone before us, and `sys` too; the process frees all
            return
        with _exclusive:
            for library in self.libraries:
                library.close()
            if hasattr(self, "engine"):
                self.engine.close()


def load(objects: Sequence[tuple[str, bytes]]) -> list[Function]:
    """Place objects in executable memory; of each, the function that its symbol names.

    Objects do not see one another, so all may define the same symbol. Those loaded together leave memory
    together, when none of their functions is referenced any more.

    Raises:
        CompileError: an object is not one, lacks its symbol or has undefined ones.
        MemoryError: there is no room for it.
    """
    for symbol, data in objects:
        if undefined := undefined_symbols(data):
            raise CompileError(
                f"load: {symbol} must refer to nothing; got undefined {', '.join(sorted(undefined))}."
            )
    try:
        with _exclusive:
            batch = _Batch()
            return [Function(batch.link(symbol, data), batch) for symbol, data in objects]
    except RuntimeError as e:
        _require_room(4 * sum(len(data) for _, data in objects))
        raise CompileError(f"load: an object must be well-formed and define its symbol; got {e}.") from None


def _require_room(size: int) -> None:
    """Raise MemoryError if so many bytes, or what LLVM asks for at once, cannot be had: it does not say so itself."""
    size = max(size, 1 << 20)
    try:
        mmap.mmap(-1, size).close()
    except OSError:
        raise MemoryError(
            f"load: machine code must fit into memory; got no {size:,} bytes more. Free some and call again."
        ) from None


# LLVM's machines that no thread uses; they stay, for freeing them takes a lock.
_idle: dict[Target, list[Any]] = {}


@contextlib.contextmanager
def _machine(target: Target) -> Iterator[Any]:
    """A machine that is this thread's alone. For inside of `_exclusive`."""
    idle = _idle.setdefault(target, [])
    machine = idle.pop() if idle else _new_machine(target)
    try:
        yield machine
    finally:
        idle.append(machine)


def _new_machine(target: Target) -> Any:
    llvm = _llvm()
    if target.triple != llvm.get_process_triple():
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
    llvm_target = llvm.Target.from_triple(target.triple)
    return llvm_target.create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, reloc="pic", codemodel="default"
    )
