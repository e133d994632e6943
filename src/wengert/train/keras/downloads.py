"""`get_file`: a file from the web, kept in the cache and unpacked without trust."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from wengert.base.config import cache_dir as cache_folder
from wengert.base.config import data_dir
from wengert.base.errors import UsageError, ValueRangeError
from wengert.base.words import require_word
from wengert.data.archive import unpack
from wengert.data.download import Download, fetch

HASHES = {"sha256": 64, "md5": 32}  # their lengths in hexadecimal digits


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | None = "auto",
    cache_dir: str | Path | None = None,
    force_download: bool = False,
) -> str:
    """The path of a file from the web, which is fetched if the cache does not have it.

    Args:
        fname: its name in the cache; None: that at the end of `origin`.
        origin: its URL, http or https.
        file_hash: sha256 or md5 of its content: what has another is not taken. None: it is not verified.
        extract: unpack the archive (.zip, .tar, .tar.gz, .tar.bz2), and give the folder; nothing is written
            outside of it.
        cache_dir, cache_subdir: where it is kept; without them, where `wg.datasets` keeps its files.
        force_download: fetch it again.
        untar, md5_hash: Keras's old names for extract and file_hash. archive_format: the file itself says what it is.

    Raises:
        DownloadError: it cannot be had, or has another hash.
        FormatError: the archive is none, is damaged, or would write elsewhere.
    """
    if origin is None:
        raise UsageError("get_file: origin must be given, the URL of the file; got None.")
    name = fname or unquote(PurePosixPath(urlsplit(origin).path).name)
    if not name or name != Path(name).name:
        raise ValueRangeError(
            f"get_file: fname must be the name of a file, without folders; got {name!r}. Folders are for cache_dir."
        )
    extract = (extract or untar) and archive_format is not None
    made = name
    if extract and fname and "." in fname:
        made = f"{fname.partition('.')[0]}_extracted"
    elif extract:
        name = f"{name}_archive"
    folder = _folder(cache_dir, cache_subdir)
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    file = _known(name, origin, file_hash, hash_algorithm)
    if force_download:
        (folder / name).unlink(missing_ok=True)
        if extract:
            shutil.rmtree(folder / made, ignore_errors=True)
    path = fetch(file, folder)
    if not extract:
        return str(path)
    return str(folder / made if (folder / made).exists() else unpack(path, folder / made))


def _folder(cache_dir: str | Path | None, cache_subdir: str) -> Path:
    if cache_dir is not None:
        return Path(cache_dir).expanduser() / cache_subdir
    return data_dir() if cache_subdir == "datasets" else (cache_folder() or Path(".wengert")) / cache_subdir


def _known(name: str, origin: str, told: str | None, kind: str) -> Download:
    """The file, by its hash if there is one."""
    require_word("get_file", "hash_algorithm", kind, ("auto", *HASHES))
    if told is None:
        return Download(name, [origin])
    kind = next((k for k, n in HASHES.items() if n == len(told)), "") if kind == "auto" else kind
    if HASHES.get(kind) != len(told):
        raise ValueRangeError(f"get_file: file_hash must be a sha256 or md5 in hexadecimal; got {told!r}.")
    return Download(name, [origin], sha256=told) if kind == "sha256" else Download(name, [origin], md5=told)
