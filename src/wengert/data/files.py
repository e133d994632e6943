"""Files by pattern, path or URL, read forward with errors that say where: the ground all formats stand on.

find("csv", "logs/*.csv.gz")       the files, in the order of their names
with Reader("csv", path) as file:  plain or gzip (told by its first bytes), local or any URL of fsspec
    file.exactly(12, "a header")   FormatError naming file and byte where there is less
"""

from __future__ import annotations

import contextlib
import glob
import gzip
import hashlib
import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

from wengert.base.errors import FormatError, UsageError
from wengert.base.extras import extra

Paths = str | Path | Sequence[str | Path]

GZIP_MAGIC = b"\x1f\x8b"
DAMAGED = (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError)  # what unpacking raises
STEP = 2**20  # bytes read at once: memory grows with what is there, not with what a header promises


def find(operation: str, paths: Paths) -> tuple[str, ...]:
    """The files that paths, patterns (`*`, `?`, `[a-z]`, `**` for folders of any depth) and URLs name.

    Those of a pattern come in the order of their names; the patterns in the order given.

    Raises:
        UsageError: a pattern matches no file, or a path is a folder.
        FileNotFoundError: a path is not there.
        MissingExtraError: a URL is given and fsspec is not installed.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    if not given:
        raise UsageError(f"{operation}: paths must name at least one file; got none.")
    return tuple(file for path in given for file in _find(operation, os.fspath(path)))


def _find(operation: str, path: str) -> list[str]:
    if is_url(path):
        found = _find_remote(operation, path)
    elif Path(path).is_file() or not glob.has_magic(path):
        Path(path).stat()  # raises FileNotFoundError with the path
        found = [path]
    else:
        found = sorted(p for p in glob.iglob(path, recursive=True) if Path(p).is_file())  # noqa: PTH207
    if not found:
        raise UsageError(f"{operation}: the pattern must match a file; got {path!r}, which matches none.")
    if Path(found[0]).is_dir():
        raise UsageError(
            f"{operation}: paths must be files or patterns; got the folder {path!r}. Try {path.rstrip('/')}/*"
        )
    return found


def is_url(path: str) -> bool:
    """Whether a path is for fsspec to open."""
    return "://" in path


def _find_remote(operation: str, url: str) -> list[str]:
    with extra(operation, "fsspec", "remote"):
        import fsspec
    system, path = fsspec.core.url_to_fs(url)
    if not glob.has_magic(path):
        return [url]
    scheme = url.partition("://")[0]
    return [
        f"{scheme}://{name.lstrip('/') if scheme != 'file' else name}" for name in sorted(system.glob(path))
    ]


def open_bytes(operation: str, path: str) -> BinaryIO:
    """The file as it lies there, local or remote, unbuffered where that is possible."""
    if is_url(path):
        with extra(operation, "fsspec", "remote"):
            import fsspec
        remote: BinaryIO = fsspec.open(path, "rb").open()
        return remote
    return Path(path).open("rb")


def fingerprint(what: str, files: Sequence[str]) -> str:
    """A hash of how records are read (`what`) and of the files' names, sizes and times: another one, other records."""
    state = hashlib.sha256(what.encode())
    for file in files:
        state.update(f"\0{file}".encode())
        if not is_url(file):
            status = Path(file).stat()
            state.update(f"\0{status.st_size}\0{status.st_mtime_ns}".encode())
    return state.hexdigest()


class Reader:
    """A file read forward, for one operation: its errors name both and the byte.

    Offsets count bytes of the content, unpacked where the file is gzip.

    Args:
        file: open already, as a member of an archive is; `path` is then what messages call it.
    """

    def __init__(self, operation: str, path: str | Path, file: BinaryIO | None = None) -> None:
        self.operation, self.path = operation, os.fspath(path)
        self.offset = 0
        self._plain = open_bytes(operation, self.path) if file is None else file
        magic = self._plain.read(2)
        self._plain.seek(0)
        self.compressed = magic == GZIP_MAGIC
        self._file: Any = gzip.GzipFile(fileobj=self._plain) if self.compressed else self._plain

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with contextlib.closing(self._plain):
            self._file.close()

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; less only at the end of the file."""
        parts, missing = [], size
        while missing:
            part = self._some(min(missing, STEP))
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _some(self, size: int) -> bytes:
        try:
            part: bytes = self._file.read(size)
        except DAMAGED as error:
            raise self.bad(f"must be packed well; got: {error}") from error
        self.offset += len(part)
        return part

    def exactly(self, size: int, what: str) -> bytes:
        """`size` bytes, or a FormatError that says of what they are."""
        at = self.offset
        data = self.read(size)
        if len(data) != size:
            raise self.bad(f"must hold {size} bytes for {what}; got {len(data)}", at)
        return data

    def seek(self, offset: int) -> None:
        """Go on at this byte. Of a gzip file, all before it is unpacked first."""
        try:
            self.offset = self._file.seek(offset)
        except DAMAGED as error:
            raise self.bad(f"must be packed well; got: {error}") from error

    def size(self) -> int | None:
        """Bytes of the content; None for a gzip file, which does not say."""
        if self.compressed:
            return None
        end = self._plain.seek(0, os.SEEK_END)
        self._plain.seek(self.offset)
        return end

    def bad(self, what: str, offset: int | None = None) -> FormatError:
        """An error to raise: `{operation}: {path}, byte {offset}: {what}.`"""
        return FormatError(
            f"{self.operation}: {self.path}, byte {self.offset if offset is None else offset}: {what}."
        )
