"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

Chunk = bytes | memoryview


def replace_file(path: str | Path, chunks: Iterable[Chunk], *, overwrite: bool = True) -> None:
    """Write a file so that, whatever happens, `path` holds either the old content or the new one.

    The content goes to a new file in the same folder, down to the disk, and only then takes the name.

    Raises:
        OSError: it could not be written (with errno and path); the old file is as it was.
        FileExistsError: there is a file and it must not be overwritten.
    """
    path = Path(path)
    if not overwrite and path.exists():
        raise FileExistsError(f"{path} exists; pass overwrite=True to replace it.")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        _write(temporary, chunks)
        temporary.replace(path)
    except BaseException as e:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(e, OSError):
            raise _named(e, path) from e
        raise
    _sync_folder(path.parent)


def _write(path: Path, chunks: Iterable[Chunk]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        for chunk in chunks:
            rest = memoryview(chunk).cast("B")
            while len(rest):
                rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """The new name, too, goes down to the disk. (Windows cannot open folders, and needs not.)"""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _named(e: OSError, path: Path) -> OSError:
    """The error with the path the user gave, not the temporary one."""
    message = f"could not be written, the old file (if any) is as it was: {e.strerror or e}"
    return type(e)(e.errno, message, str(path))
