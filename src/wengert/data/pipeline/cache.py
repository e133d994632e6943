"""Elements that are made once and kept, in memory or in a file, for the epochs to come.

What is kept is epoch 0 of the input, whatever epoch is read first: so no element depends on when the cache was filled.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wengert.base.errors import UsageError
from wengert.base.files import replace_file
from wengert.data.pipeline.elements import Chunk, Failure, rows
from wengert.data.pipeline.encoding import Reader, Writer
from wengert.data.pipeline.fingerprint import fingerprint
from wengert.data.pipeline.node import Cursor, Run, State
from wengert.data.pipeline.order import Reordering


class Listed:
    """Elements in memory."""

    def __init__(self, elements: list[Any]) -> None:
        self.elements = elements

    def __len__(self) -> int:
        return len(self.elements)

    def part(self, start: int, stop: int) -> list[Any]:
        """Elements from start to stop."""
        return self.elements[start:stop]


@dataclass
class Kept:
    """The elements, once all are there."""

    elements: Listed | Reader | None = None


@dataclass(frozen=True, eq=False)
class Cache(Reordering):
    """The elements of epoch 0, in every epoch. Passes that end early or see a failure keep nothing."""

    path: Path | None
    kept: Kept = field(default_factory=Kept)

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Caching(self, run, state["n"] if state else 0)

    def identity(self) -> tuple[Any, ...]:
        return ()

    def size(self) -> float | None:
        return self.input.size() if self.kept.elements is None else len(self.kept.elements)

    def load(self) -> Listed | Reader | None:
        """The elements, if they were kept."""
        if self.kept.elements is None and self.path is not None and self.path.exists():
            found = Reader(self.path)
            if found.fingerprint != fingerprint(self.input):
                raise UsageError(
                    f"cache: {self.path} must hold the elements of this data set, {fingerprint(self.input)}; it holds "
                    f"those of {found.fingerprint}. Delete it, or name another file."
                )
            self.kept.elements = found
        return self.kept.elements


class _Caching(Cursor):
    """A pass that fills the cache. Resuming makes again what comes before, for the cache is to be whole."""

    def __init__(self, node: Cache, run: Run, at: int) -> None:
        self.node, self.at, self.wanted = node, 0, at
        self.elements = node.load()
        self.made: list[Any] = []
        self.writer: Writer | None = None
        self.failed = False
        if self.elements is not None:
            self.at = at
            return
        self.input = node.input.start(run, 0)
        if node.path is not None:
            file = tempfile.TemporaryFile(dir=node.path.parent)  # noqa: SIM115 - open until the pass ends
            self.writer = Writer(file, fingerprint(node.input))
            run.enter(self)

    def block(self, n: int) -> Chunk:
        while self.at < self.wanted and len(part := self._next(self.wanted - self.at)):
            self.at += len(part)
        found = self._next(n)
        self.at = self.wanted = self.at + len(found)
        return found

    def _next(self, n: int) -> list[Any]:
        if self.elements is not None:
            return self.elements.part(self.at, self.at + n)
        part = rows(self.input.block(n))
        if not part:
            self._keep()
        for x in part:
            if isinstance(x, Failure):
                self.failed = True
            elif self.writer is not None:
                self.writer.add(x)
            else:
                self.made.append(x)
        return part

    def _keep(self) -> None:
        if self.failed:
            return
        if self.writer is not None and self.node.path is not None:
            replace_file(self.node.path, self.writer.chunks())
            self.stop()
            self.elements = self.node.load()
        else:
            self.elements = self.node.kept.elements = Listed(self.made)

    def state(self) -> State:
        return {"n": self.wanted}

    def stop(self, wait: bool = True) -> None:
        """Let go of the file that is being written."""
        if self.writer is not None:
            self.writer.file.close()
