"""A disk that fails, and one that loses power: every call that changes files goes through here in a test."""

import contextlib
import errno
import itertools
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = ("open", "write", "fsync", "close", "replace", "rename", "unlink", "fchmod")


class _Intercepted:
    """Stands between a test and `os` while the with-block lasts, for what is within a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.descriptors: dict[int, str] = {}

    def __enter__(self):
        self.real = {name: getattr(os, name) for name in CALLS}
        for name in CALLS:
            setattr(os, name, self._stand_in(name))
        return self

    def __exit__(self, *error) -> None:
        for name, call in self.real.items():
            setattr(os, name, call)

    def _stand_in(self, name):
        def call(*args, **kwargs):
            target = args[0]
            path = self.descriptors.get(target) if isinstance(target, int) else os.fspath(target)
            if path is None or not str(path).startswith(self.folder):
                return self.real[name](*args, **kwargs)
            result = self.happens(name, str(path), args, kwargs)
            if name == "open":
                self.descriptors[result] = str(path)
            if name == "close":
                del self.descriptors[target]
            return result

        return call

    def happens(self, name, path, args, kwargs):
        return self.real[name](*args, **kwargs)


class FailingDisk(_Intercepted):
    """Call number `k` within a folder fails: with an errno, or, where that is "short", by writing less."""

    def __init__(self, folder: Path, k: int, failure: int | str) -> None:
        super().__init__(folder)
        self.k, self.failure, self.count, self.failed = k, failure, 0, False

    def happens(self, name, path, args, kwargs):
        self.count += 1
        if self.count - 1 != self.k:
            return super().happens(name, path, args, kwargs)
        if self.failure == "short":
            if name == "write" and len(args[1]) > 1:
                self.failed = True
                return self.real["write"](args[0], args[1][: len(args[1]) // 2])
            return super().happens(name, path, args, kwargs)
        self.failed = True
        if name == "close":  # Linux lets go of the descriptor all the same
            self.real["close"](*args)
            del self.descriptors[args[0]]
        raise OSError(self.failure, os.strerror(self.failure), path)


FAILURES = (errno.ENOSPC, errno.EIO, errno.EINTR, "short")


# --- power ----------------------------------------------------------------------------------------


@dataclass
class Trace(_Intercepted):
    """What happened to a folder, call by call, so that any moment of it can be lost.

    A file's bytes are safe once it was fsynced, names are once the folder was. Until then each write (or the first
    half of it) and each change of a name may have reached the disk, or not, in any combination.
    """

    folder: str
    steps: list[tuple] = field(default_factory=list)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.steps = []
        self.start = {p.name: p.read_bytes() for p in folder.iterdir()}
        self.inodes: dict[int, int] = {}
        self.fresh = itertools.count()

    def happens(self, name, path, args, kwargs):
        result = super().happens(name, path, args, kwargs)
        match name:
            case "open" if args[1] & os.O_CREAT:
                self.inodes[result] = inode = next(self.fresh)
                self.steps.append(("name", Path(path).name, inode))
            case "write":
                self.steps.append(("write", self.inodes[args[0]], bytes(args[1][:result])))
            case "fsync" if path == self.folder:
                self.steps.append(("names are safe",))
            case "fsync":
                self.steps.append(("file is safe", self.inodes[args[0]]))
            case "replace" | "rename":
                self.steps.append(("rename", Path(path).name, Path(args[1]).name))
            case "unlink":
                self.steps.append(("unlink", Path(path).name))
        return result

    def crashes(self, most: int, chance: random.Random) -> Iterator[tuple[int, dict[str, bytes]]]:
        """(calls made, what is in the folder then): each prefix, with up to `most` subsets of what was not safe."""
        for made in range(len(self.steps) + 1):
            loose = self._loose(self.steps[:made])
            if 2 ** len(loose) <= most:
                subsets = [set(s) for n in range(len(loose) + 1) for s in itertools.combinations(loose, n)]
            else:
                subsets = [set(loose[:n]) for n in range(len(loose) + 1)]
                subsets += [{k for k in loose if chance.random() < 0.5} for _ in range(most - len(subsets))]
            for lost in subsets:
                yield made, self._left(self.steps[:made], lost, torn=chance.random() < 0.5)

    def _loose(self, steps) -> list[int]:
        """Numbers of the steps that may be lost."""
        loose: list[int] = []
        for k, step in enumerate(steps):
            match step:
                case ("names are safe",):
                    loose = [j for j in loose if steps[j][0] == "write"]
                case ("file is safe", inode):
                    loose = [j for j in loose if steps[j][:2] != ("write", inode)]
                case _:
                    loose.append(k)
        return loose

    def _left(self, steps, lost: set[int], torn: bool) -> dict[str, bytes]:
        names: dict[str, object] = {name: name for name in self.start}
        contents: dict[object, bytearray] = {name: bytearray(b) for name, b in self.start.items()}
        at: dict[object, int] = {}
        known: dict[str, object] = dict(names)  # as the process saw it, whatever reached the disk
        for k, step in enumerate(steps):
            match step:
                case ("name", name, inode):
                    known[name] = inode
                    contents.setdefault(inode, bytearray())
                    if k not in lost:
                        names[name] = inode
                case ("write", inode, data):
                    start = at.get(inode, 0)
                    at[inode] = start + len(data)
                    kept = data if k not in lost else data[: len(data) // 2] if torn else b""
                    file = contents[inode]
                    file.extend(bytes(max(0, start + len(kept) - len(file))))
                    file[start : start + len(kept)] = kept
                case ("rename", old, new):
                    inode = known.pop(old)
                    known[new] = inode
                    if k not in lost:
                        names.pop(old, None)
                        names[new] = inode
                case ("unlink", name):
                    known.pop(name, None)
                    if k not in lost:
                        names.pop(name, None)
        return {name: bytes(contents[inode]) for name, inode in names.items()}


@contextlib.contextmanager
def folder_with(path: Path, files: dict[str, bytes]):
    """A folder that holds these files and nothing else."""
    path.mkdir(exist_ok=True)
    for p in path.iterdir():
        p.unlink()
    for name, data in files.items():
        (path / name).write_bytes(data)
    yield path
