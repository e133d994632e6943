"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from wengert.base.errors import ArgumentError, FormatError

try:
    import fcntl
except ImportError:  # Windows: nobody can tell whose temporary files are of use, so they are left alone
    fcntl = None  # type: ignore[assignment]

Chunk = bytes | memoryview


def replace_file(path: str | Path, chunks: Iterable[Chunk], *, overwrite: bool = True) -> None:
    """Write a file so that, whatever happens, `path` holds either the old content or the new one.

    The content goes to a new file in the same folder, down to the disk, and only then takes the name (and the
    old file's permissions). What a process that was killed left behind is swept away by the next save.

    Raises:
        OSError: it could not be written (with errno and path); the old file is as it was.
        FileExistsError: there is a file and it must not be overwritten.
    """
    path = _place(Path(path))
    if not overwrite and path.exists():
        must = "save: there must be no file of this name; got one. Pass overwrite=True to replace it"
        raise FileExistsError(errno.EEXIST, must, str(path))
    temporary: Path | None = None
    try:
        sweep(path.parent, glob.escape(path.name))
        temporary, descriptor = _create(path)
        _write(descriptor, chunks)
        temporary.replace(path)
    except BaseException as e:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        if isinstance(e, OSError):
            folder = "" if path.parent.is_dir() else f". Make the folder {path.parent} first"
            raise _named(e, path, f"the old file, if any, is as it was{folder}") from e
        raise
    try:
        _sync_folder(path.parent)
    except OSError as e:
        raise _named(e, path, "it was written, but may be lost if the machine loses power now") from e


def require_path(call: str, path: object) -> None:
    """Raise ArgumentError unless it is a path."""
    if not isinstance(path, str | os.PathLike) or not str(path) or "\0" in str(path):
        raise ArgumentError(f"{call}: the path must be a str or a pathlib.Path; got {path!r}.")


def readable(path: str | Path) -> Path:
    """The path of a file that can be read to its end.

    Raises:
        FileNotFoundError, IsADirectoryError: there is no file. FormatError: it is a pipe or a device.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "load: it must be the path of a file; got a folder", str(path))
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "load: there must be a file of this name; got none", str(path))
    if not path.is_file():  # reading a pipe would wait for ever
        raise FormatError(f"load: {path}: must be a regular file; got another.")
    return path


def _place(path: Path) -> Path:
    """Where the file is, or will be: at the end of symbolic links. Folders and devices are left alone."""
    if path.is_symlink():
        path = path.resolve()
    if path.is_dir() or not path.name:
        raise IsADirectoryError(errno.EISDIR, "save: it must be the path of a file; got a folder", str(path))
    if path.exists() and not path.is_file():
        raise OSError(
            errno.EINVAL, "save: it must be a regular file, or not be there; got another", str(path)
        )
    return path


def _create(path: Path) -> tuple[Path, int]:
    """A new file beside `path`, locked for as long as it is open, with the permissions of the old one."""
    while True:
        new = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            if fcntl is not None:
                with contextlib.suppress(OSError):  # a file system without locks
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                with contextlib.suppress(FileNotFoundError):
                    os.fchmod(descriptor, path.stat().st_mode & 0o777)
            if os.fstat(descriptor).st_nlink:
                return new, descriptor
        except BaseException:
            os.close(descriptor)
            new.unlink(missing_ok=True)
            raise
        os.close(descriptor)  # another process swept it away before it was locked


def sweep(folder: Path, names: str) -> None:
    """Delete temporary files of such names (a glob pattern) whose writers are no more: nobody holds their locks."""
    if fcntl is None:
        return
    for old in folder.glob(f".{names}.*.tmp"):
        with contextlib.suppress(OSError), old.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            old.unlink()


def _write(descriptor: int, chunks: Iterable[Chunk]) -> None:
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


def _named(e: OSError, path: Path, what: str) -> OSError:
    """The error with the path the user gave, not the temporary one."""
    return type(e)(e.errno, f"save: the file must be written; got {e.strerror or e}: {what}", str(path))
