"""Files from the web: the first mirror that has them, resumed where they broke off, kept once their hash is right."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from wengert.base.config import data_dir
from wengert.base.errors import DownloadError, ValueRangeError
from wengert.base.progress import bar

try:
    import fcntl
except ImportError:  # Windows: two processes may fetch the same file side by side, each checks what it got
    fcntl = None  # type: ignore[assignment]

STEP = 2**18  # bytes
MOST = 2**40  # bytes of a file of which nobody says how long it is
TIMEOUT = 30.0  # seconds without a byte
UNFINISHED = ".part"
PARTIAL_CONTENT = 206  # what a server says when it sends what was asked for, not the whole


@dataclass(frozen=True)
class Download:
    """A file that is known by its hash.

    Args:
        name: of the file in the cache folder.
        urls: where it is, the best first; http or https.
        sha256, md5: of its content, in hexadecimal; without either, what comes is not verified.
        size: in bytes; more are not read. None: what the server says.
    """

    name: str
    urls: Sequence[str]
    sha256: str = ""
    size: int | None = None
    md5: str = ""

    def __post_init__(self) -> None:
        if any(not url.startswith(("http://", "https://")) for url in self.urls):
            raise ValueRangeError(f"download: urls must be http or https; got {', '.join(self.urls)}.")
        if Path(self.name).name != self.name or self.name in ("", ".", ".."):
            raise ValueRangeError(
                f"download: name must be that of a file, without folders; got {self.name!r}."
            )

    def fits(self, path: Path) -> bool:
        """Whether a file has the hash, or none is known."""
        kind, wanted = ("sha256", self.sha256) if self.sha256 else ("md5", self.md5)
        return not wanted or _hash(path, kind) == wanted.lower()

    def __str__(self) -> str:
        told = [f"{self.size:,} bytes"] if self.size is not None else []
        told += [f"{k} {v[:12]}..." for k, v in (("sha256", self.sha256), ("md5", self.md5)) if v]
        return f"{self.name} ({', '.join(told)})" if told else self.name


def fetch(file: Download, folder: str | Path | None = None, *, progress: bool = True) -> Path:
    """The file in the cache folder, downloaded if it is not there with the right hash.

    What was read before a connection broke stays, and the next call goes on there. A file appears under its name
    only once its hash is right.

    Args:
        folder: where files are kept; None: what WENGERT_DATA_DIR names, else the cache folder's `datasets`.
        progress: whether to show a bar, if tqdm is installed and stderr is a terminal.

    Raises:
        DownloadError: no mirror gives the file, or what they give has another hash. The message says what each did.
    """
    folder = Path(folder) if folder is not None else data_dir()
    path = folder / file.name
    if path.exists() and file.fits(path):
        return path
    from http.client import HTTPException  # this and urllib.request load OpenSSL: no earlier than needed

    folder.mkdir(parents=True, exist_ok=True)
    with _alone(path.with_name(path.name + UNFINISHED)) as part:
        if path.exists() and file.fits(path):  # another process was faster
            return path
        failures = []
        for url in file.urls:
            try:
                _fetch_from(url, file, part, progress)
            except (OSError, HTTPException, ValueError) as error:
                failures.append(f"{url}: {_reason(error)}")
                continue
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).replace(path)
            return path
    raise DownloadError(
        f"fetch: a mirror must give {file}; "
        f"got {'; '.join(failures)}. Without a network, copy the file to {path}"
    )


def _fetch_from(url: str, file: Download, part: BinaryIO, progress: bool) -> None:
    """Read what is missing; twice, the second time from the start, if what there was does not fit to it."""
    for attempt in (1, 2):
        resumed = _append(url, file, part, progress)
        if file.fits(Path(part.name)):
            return
        found = _hash(Path(part.name), "sha256")
        part.truncate(0)
        if not resumed or attempt == 2:
            raise DownloadError(f"another content, sha256 {found[:12]}...")


def _append(url: str, file: Download, part: BinaryIO, progress: bool) -> bool:
    """Read the rest of the file; whether there was something to go on from."""
    import urllib.request

    start = part.seek(0, os.SEEK_END)
    if file.size is None:  # nobody could tell whether the parts belong together
        start = part.seek(0)
        part.truncate(0)
    elif start >= file.size:
        return True
    headers = {"User-Agent": "wengert", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=headers | ({"Range": f"bytes={start}-"} if start else {}))
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        size = file.size if file.size is not None else _said(answer)
        how = {"total": size, "desc": file.name, "unit": "B", "unit_scale": True}
        with bar(progress, **how) as shown:
            came = shown.update if shown is not None else lambda n: None
            if start and answer.status != PARTIAL_CONTENT:  # the server sends it whole
                start = part.seek(0)
                part.truncate(0)
            came(start)
            _copy(answer, part, start, size, came)
    return start > 0


def _said(answer: Any) -> int | None:
    """How long the server says that its answer is."""
    length = answer.headers.get("Content-Length") or ""
    return int(length) if length.isdecimal() else None


def _copy(answer: Any, part: BinaryIO, start: int, size: int | None, came: Callable[[int], Any]) -> None:
    """Append what comes, up to a size."""
    left = (MOST if size is None else size) - start
    while chunk := answer.read1(min(STEP, left + 1)):
        if len(chunk) > left:
            part.truncate(0)
            raise DownloadError(f"more than {start + left:,} bytes")
        part.write(chunk)
        left -= len(chunk)
        came(len(chunk))
    part.flush()
    if left and size is not None:
        raise DownloadError(f"{size - left:,} bytes, then the connection broke off")


def _hash(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def _reason(error: Exception) -> str:
    """In a few words; an HTTPError has a code, a URLError a reason."""
    code, reason = getattr(error, "code", ""), getattr(error, "reason", "") or str(error)
    return f"{code} {reason}".strip() or type(error).__name__


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[BinaryIO]:
    """The unfinished file, with no other process at it."""
    while True:
        with path.open("a+b") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:  # else another process finished it while we waited
                yield file
                if path.exists() and not path.stat().st_size:
                    path.unlink()
                return
