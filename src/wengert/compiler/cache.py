"""Compiled kernels: in memory and on disk, by what decides their machine code: text or kernel, CPU, LLVM's version.

    functions([(symbol, text), ...], target) -> [Function]

A text is compiled once, and loaded once while anybody holds its function. A second process finds the object
on disk. What lies there is checked before use: a torn, bent or foreign file is compiled anew and written
over. Several processes may share the folder; each file appears whole or not at all. The files are machine
code, so the folder must be the user's alone.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import sys
import tempfile
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor  # not where first needed: a fork may come then
from pathlib import Path

from wengert.base import config
from wengert.compiler import jit
from wengert.compiler.emit.target import Target

MOST_THREADS = 8  # that compile
ABI_VERSION = 1  # of kernels and driver; raise it when what their arguments mean changes
_MAGIC = b"wgobj\x00\x00\x01"
_HASH_SIZE = 32
_HEADER_SIZE = len(_MAGIC) + 8 + _HASH_SIZE
_SUFFIX, _UNFINISHED = ".wgo", ".tmp"
_STALE_SECONDS = 3600.0

_loaded: weakref.WeakValueDictionary[tuple[str, str], jit.Function] = weakref.WeakValueDictionary()
_lock = threading.RLock()


def functions(modules: Iterable[tuple[str, str]], target: Target, passes: int = 0) -> list[jit.Function]:
    """The functions that `symbol` names in each module `text`: from memory, else from disk, else compiled.

    Args:
        modules: (symbol, text) of each.
        target: the machine to compile for, which must be this one.
        passes: LLVM's optimisation level before code generation, as in `compile_object`.

    Raises:
        CompileError: LLVM refuses a module, or it refers to something outside of itself.
    """
    with _lock, Compilation(target, passes) as compilation:
        for symbol, text in modules:
            compilation.ask(symbol, text, functools.partial(str, text))
        return compilation.functions()


def object_key(what: str, target: Target, passes: int) -> str:
    """The name of a module's object: equal names are equal machine code."""
    parts = (ABI_VERSION, jit.llvm_version(), target.triple, target.cpu, target.features, passes, what)
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=20).hexdigest()


class _ShortTurns:
    """While kernels compile, threads ask each other for Python's lock ten times as often as they else do.

    Each of LLVM's calls ends with taking it; against a thread that plans and writes texts meanwhile, waiting the usual
    5 ms for it took longer than the calls.
    """

    def __init__(self) -> None:
        self._lock, self._running, self._usual = threading.Lock(), 0, 0.0

    def renew(self) -> None:
        """After a fork, in the child: those who compiled are not there."""
        if self._running:
            sys.setswitchinterval(self._usual)
        self._lock, self._running = threading.Lock(), 0

    def begin(self) -> None:
        with self._lock:
            if not self._running:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(self._usual / 10)
            self._running += 1

    def end(self) -> None:
        with self._lock:
            self._running -= 1
            if not self._running:
                sys.setswitchinterval(self._usual)


_turns = _ShortTurns()


class Compilation:
    """Functions that are asked for one by one, and compiled on all CPUs meanwhile. Arguments as for `functions`."""

    def __init__(self, target: Target, passes: int = 0) -> None:
        self.target, self.passes = target, passes
        self._disk = _disk(config.cache_dir(), config.cache_bytes())
        self._keys: list[tuple[str, str]] = []
        self._found: dict[tuple[str, str], jit.Function] = {}
        self._objects: dict[str, bytes] = {}
        self._coming: dict[str, Future[bytes]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Compilation:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            _turns.end()

    def ask(self, symbol: str, what: str, write: Callable[[], str]) -> None:
        """Look for the function that `symbol` names in a module, or begin to compile it.

        Args:
            what: all that the module's text depends on, or the text itself.
            write: gives the text.
        """
        name = object_key(what, self.target, self.passes)
        key = (symbol, name)
        self._keys.append(key)
        known = _loaded.get(key)
        if known is not None:
            self._found[key] = known
        elif name not in self._objects and name not in self._coming:
            data = self._disk.get(name) if self._disk else None
            if data is not None:
                self._objects[name] = data
                return
            if self._pool is None:
                _turns.begin()
                self._pool = ThreadPoolExecutor(min(MOST_THREADS, _cpus()), "wengert-compile")
            self._coming[name] = self._pool.submit(jit.compile_object, write(), self.target, self.passes)

    def functions(self) -> list[jit.Function]:
        """Those asked for, in order."""
        for name, coming in self._coming.items():
            self._objects[name] = coming.result()
            if self._disk:
                self._disk.put(name, self._objects[name])
        with _lock:
            for key in self._keys:
                known = _loaded.get(key)
                if known is not None:
                    self._found.setdefault(key, known)
            missing = [key for key in dict.fromkeys(self._keys) if key not in self._found]
            loaded = jit.load([(symbol, self._objects[name]) for symbol, name in missing])
            self._found.update(zip(missing, loaded, strict=True))
            _loaded.update(self._found)
        return [self._found[key] for key in self._keys]


def _cpus() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _disk(folder: Path | None, limit: int) -> Disk | None:
    return Disk(folder, limit) if folder else None


class Disk:
    """Byte strings in a folder, by name; those not used for longest go when there are too many.

    Args:
        folder: made when first needed.
        limit: how many bytes may lie there.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self._usable: bool | None = None  # not known before the first use
        self._used: int | None = None  # bytes in the folder, as far as this process knows

    def get(self, key: str) -> bytes | None:
        """What was put under `key`, None if nothing whole lies there."""
        if not self._ready():
            return None
        path = self.folder / (key + _SUFFIX)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        data = _unwrap(key, content)
        if data is not None:
            with contextlib.suppress(OSError):
                os.utime(path)
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`. Where that cannot be done, say so once and go on without."""
        if not self._ready():
            return
        content = _wrap(key, data)
        try:
            handle, name = tempfile.mkstemp(_UNFINISHED, "", self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(name).replace(self.folder / (key + _SUFFIX))
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
            self._make_room(len(content))
        except OSError as e:
            self._give_up(f"cannot be written ({e.strerror})")

    def _ready(self) -> bool:
        if self._usable is None:
            self._usable = True
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                status = self.folder.stat()
            except OSError as e:
                self._give_up(f"cannot be made ({e.strerror})")
            else:
                if hasattr(os, "getuid") and status.st_uid != os.getuid():
                    self._give_up("belongs to another user")
                elif os.name == "posix" and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                    self._give_up("can be written by other users")
        return self._usable

    def _give_up(self, reason: str) -> None:
        self._usable = False
        warnings.warn(
            f"cache: {self.folder} {reason}: kernels are compiled anew in each process. "
            "Set WENGERT_CACHE_DIR to a folder of your own, or to nothing to keep none.",
            RuntimeWarning,
            stacklevel=2,
        )

    def _make_room(self, added: int) -> None:
        """Delete what was not used for longest until the folder is at 3/4 of the limit."""
        if self._used is not None:
            self._used += added
            if self._used <= self.limit:
                return
        files = []
        for path in self.folder.iterdir():
            with contextlib.suppress(OSError):  # another process may have deleted it
                status = path.stat()
                if path.suffix == _SUFFIX:
                    files.append((status.st_mtime_ns, status.st_size, path))
                elif path.suffix == _UNFINISHED and time.time() - status.st_mtime > _STALE_SECONDS:
                    path.unlink()
        self._used = sum(size for _, size, _ in files)
        if self._used <= self.limit:
            return
        for _, size, path in sorted(files):
            if self._used <= self.limit * 3 // 4:
                break
            path.unlink(missing_ok=True)
            self._used -= size


def _new_lock() -> None:
    """After a fork: the old one may be held by a thread that the child does not have."""
    global _lock
    _lock = threading.RLock()
    _turns.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)


def _wrap(key: str, data: bytes) -> bytes:
    return _MAGIC + len(data).to_bytes(8, "little") + _digest(key, data) + data


def _unwrap(key: str, content: bytes) -> bytes | None:
    """The data of a file that is whole and was written under this key, else None."""
    data = content[_HEADER_SIZE:]
    return data if content[:_HEADER_SIZE] == _wrap(key, data)[:_HEADER_SIZE] else None


def _digest(key: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_HASH_SIZE, key=key.encode()).digest()
