"""Archives unpacked without trust: nothing is written outside of the folder, nothing but files, and not without end."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from wengert.base.errors import FormatError, UsageError
from wengert.data.files import DAMAGED

STEP = 2**20  # bytes
MAX_FILES = 1_000_000
MAX_DEPTH = 32  # folders
LARGEST_HEADER = 2**20  # bytes of a member's own header: long names and the like
FREE = 64 * 2**20  # bytes that any archive may unpack to, however small it is
OPENERS = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open}


@dataclass(frozen=True)
class Member:
    """A file or folder in an archive, as it is called there."""

    name: str
    kind: str  # "file", "folder", or what it is else
    content: Any  # opens it


def unpack(
    archive: str | Path, folder: str | Path, *, max_bytes: int = 2**36, max_ratio: float = 200.0
) -> Path:
    """Unpack a .zip, .tar, .tar.gz or .tar.bz2 file into a new folder, which appears whole or not at all.

    Args:
        archive: the file; what it is is told by its first bytes.
        folder: is made; it must not be there.
        max_bytes: what all files may take together.
        max_ratio: how many bytes may come out for each that went in, beyond 64 MiB.

    Raises:
        FormatError: it is no such archive or is damaged; a name leads out of the folder, comes twice, or is no file;
            or it unpacks to more than the limits. Nothing is left of what was unpacked.
        UsageError: the folder is there already.
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists():
        raise UsageError(f"unpack: the folder must not be there; {folder} is.")
    limit = min(max_bytes, FREE + int(max_ratio * archive.stat().st_size))
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    try:
        with _members(archive) as members:
            _write_all(archive, members, made, limit)
        made.chmod(0o755)
        made.replace(folder)
    except (
        *DAMAGED,
        tarfile.TarError,
        NotImplementedError,
        RuntimeError,
        UnicodeError,
        ValueError,
        OSError,
    ) as error:
        if isinstance(error, FormatError) or (isinstance(error, OSError) and error.errno):
            raise
        raise FormatError(f"unpack: {archive} must be a whole archive; got: {error}.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _write_all(archive: Path, members: Iterator[Member], folder: Path, limit: int) -> None:
    written = 0
    for count, member in enumerate(members, 1):
        if count > MAX_FILES:
            raise FormatError(f"unpack: {archive} may hold {MAX_FILES:,} files; it holds more.")
        path = folder / _safe(archive, member)
        if member.kind == "folder":
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            target = path.open("xb")
        except FileExistsError:
            raise FormatError(
                f"unpack: {archive} must hold each file once; got {member.name!r} twice."
            ) from None
        with target, member.content() as source:
            while chunk := source.read(STEP):
                written += len(chunk)
                if written > limit:
                    raise FormatError(
                        f"unpack: {archive}, {member.name}: may unpack to {limit:,} bytes; it is more. "
                        "Pass max_bytes and max_ratio if it is to be trusted."
                    )
                target.write(chunk)


def _safe(archive: Path, member: Member) -> PurePosixPath:
    """The member's path within the folder."""
    path = PurePosixPath(member.name)
    parts = [part for part in path.parts if part != "."]
    bad = (
        path.is_absolute()
        or ".." in parts
        or any(c in member.name for c in "\\:\0")
        or len(parts) > MAX_DEPTH
    )
    if bad or (not parts and member.kind != "folder"):
        raise FormatError(f"unpack: {archive} must hold paths within its folder; got {member.name!r}.")
    if member.kind not in ("file", "folder"):
        raise FormatError(
            f"unpack: {archive} must hold files and folders alone; got {member.kind}, {member.name!r}."
        )
    return PurePosixPath(*parts)


@contextlib.contextmanager
def _members(archive: Path) -> Iterator[Iterator[Member]]:
    """What an archive of any kind holds, in its order."""
    with archive.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            with zipfile.ZipFile(file) as packed:
                yield (_of_zip(packed, info) for info in packed.infolist())
            return
        opened: IO[bytes] = OPENERS[magic[:2]](file) if magic[:2] in OPENERS else file  # type: ignore[operator]
        with tarfile.open(fileobj=_Bounded(opened), mode="r:", errorlevel=2) as tar:
            yield (_of_tar(tar, info) for info in tar)


def _of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    mode = info.external_attr >> 16
    kind = "folder" if info.is_dir() else "file"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        kind = "a link" if stat.S_ISLNK(mode) else "a device"
    return Member(info.orig_filename, kind, lambda: archive.open(info))


def _of_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    if info.isreg() and not info.issparse():
        kind = "file"
    else:
        kinds = {
            "folder": info.isdir(),
            "a link": info.issym() or info.islnk(),
            "a sparse file": info.issparse(),
        }
        kind = next((name for name, is_it in kinds.items() if is_it), "a device")
    return Member(info.name, kind, lambda: archive.extractfile(info))


class _Bounded(io.RawIOBase):
    """A file of which nobody may ask for much at once: what a header says of its own length is not believed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST_HEADER + STEP:
            raise FormatError(f"unpack: a header may have {LARGEST_HEADER} bytes; it says {size}.")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
